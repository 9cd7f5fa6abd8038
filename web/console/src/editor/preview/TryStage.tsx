import { useState } from 'react';
import { Button, WordButton } from '../../ui/Button.tsx';
import { Note } from '../../ui/Note.tsx';
import { Failure } from '../../ui/Quiet.tsx';
import { isOver } from '../../ui/status.ts';
import type { DraftStage } from '../draft/draft.ts';
import type { DraftState } from '../draft/useDraft.ts';
import styles from './Preview.module.css';
import type { Run } from './RunChoice.tsx';
import { SampleInputs } from './SampleInputs.tsx';
import { type Samples, samplesFor } from './samples.ts';
import { Tried } from './Tried.tsx';
import { useTry } from './useTry.ts';

/** Runs one stage: alone on what the chosen run had, or, where there is none, after those before it. */
export function TryStage({
  state,
  stage,
  workflowId,
  run,
  runId,
  names,
  samples,
  onSample,
  onTried,
}: {
  state: DraftState;
  stage: DraftStage;
  workflowId: string;
  /** The chosen run, where the list has it. */
  run: Run | null;
  runId: string | null;
  /** The inputs that the draft asks for. */
  names: readonly string[];
  samples: Samples;
  onSample: (name: string, value: string) => void;
  onTried: () => void;
}) {
  const trying = useTry(state, workflowId, stage.order, onTried);
  const { refusal, isStarting } = trying;
  // Whoever has tried it with inputs may want to try it with others.
  const [isAnew, setAnew] = useState(runId === null);
  const refused = whyNot(isAnew ? null : run, isStarting, state.isSaving);
  const begin = () =>
    isAnew || runId === null ? trying.anew({ inputs: { ...samplesFor(names, samples) } }) : trying.onRun(runId);
  const title = state.changes > 0 ? 'Save and try it' : 'Try it';
  return (
    <>
      <Note>
        <p className={styles.why}>
          {isAnew
            ? anewInWords(state, stage)
            : 'Runs this stage alone, on what the chosen run had. Earlier stages are not called again.'}
          {state.changes > 0 && ' What you changed is saved first.'}
        </p>
        {isAnew && <SampleInputs names={names} samples={samples} onChange={onSample} />}
        <span className={styles.ways}>
          <Button refused={refused} onClick={begin}>
            {isStarting ? 'Starting…' : title}
          </Button>
          {runId !== null && (
            <WordButton onClick={() => setAnew(!isAnew)}>
              {isAnew ? 'with the values of the run' : 'with other inputs'}
            </WordButton>
          )}
        </span>
      </Note>
      {state.fault && <Failure what="It was not saved, so it was not tried" why={state.fault.message} />}
      {refusal && (
        <Failure
          what="It was not tried"
          why={refusal.message}
          action={
            runId !== null && (
              <WordButton onClick={() => trying.anew({ of: runId })}>
                Run the stages before it, too, with the same inputs
              </WordButton>
            )
          }
        />
      )}
      {trying.runId !== null && <Tried key={trying.runId} runId={trying.runId} order={stage.order} />}
    </>
  );
}

function anewInWords({ draft }: DraftState, stage: DraftStage): string {
  return draft.stages[0]?.local === stage.local
    ? 'Begins a run with these inputs, which ends after this stage.'
    : 'Begins a run with these inputs: the stages before this one run first, and it ends after this one.';
}

function whyNot(run: Run | null, isStarting: boolean, isSaving: boolean): string | null {
  if (isStarting || isSaving) return 'It is being started';
  if (run && !isOver(run.status)) return 'That run has not ended: choose one that has, or wait';
  return null;
}
