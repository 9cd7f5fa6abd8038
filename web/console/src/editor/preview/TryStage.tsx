import { useState } from 'react';
import { Button, WordButton } from '../../ui/Button.tsx';
import { Text } from '../../ui/Field.tsx';
import { Note } from '../../ui/Note.tsx';
import { Failure } from '../../ui/Quiet.tsx';
import { isOver } from '../../ui/status.ts';
import type { DraftStage } from '../draft/draft.ts';
import type { DraftState } from '../draft/useDraft.ts';
import { inputsOf } from '../text/completions.ts';
import styles from './Preview.module.css';
import type { Run } from './RunChoice.tsx';
import { Tried } from './Tried.tsx';
import { useTry } from './useTry.ts';

/** Runs one stage: alone on what the chosen run had, or, where there is none, after those before it. */
export function TryStage({
  state,
  stage,
  workflowId,
  run,
  runId,
  onTried,
}: {
  state: DraftState;
  stage: DraftStage;
  workflowId: string;
  /** The chosen run, where the list has it. */
  run: Run | null;
  runId: string | null;
  onTried: () => void;
}) {
  const trying = useTry(state, workflowId, stage.order, onTried);
  const { refusal, isStarting } = trying;
  const [inputs, setInputs] = useState<Record<string, string>>({});
  const names = inputsOf(state.draft, []);
  const refused = whyNot(run, isStarting, state.isSaving);
  const title = state.changes > 0 ? 'Save and try it' : 'Try it';
  return (
    <>
      <Note>
        <p className={styles.why}>
          {runId === null
            ? 'There is no run whose values it could take: the stages before it run first, with these inputs.'
            : 'Runs this stage alone, on what the chosen run had. Earlier stages are not called again.'}
          {state.changes > 0 && ' What you changed is saved first.'}
        </p>
        {runId === null && (
          <div className={styles.inputs}>
            {names.map((name) => (
              <Text
                key={name}
                label={name}
                dir="auto"
                rows={1}
                value={inputs[name] ?? ''}
                onChange={({ target }) => setInputs({ ...inputs, [name]: target.value })}
              />
            ))}
          </div>
        )}
        <Button refused={refused} onClick={() => (runId === null ? trying.anew({ inputs }) : trying.onRun(runId))}>
          {isStarting ? 'Starting…' : title}
        </Button>
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

function whyNot(run: Run | null, isStarting: boolean, isSaving: boolean): string | null {
  if (isStarting || isSaving) return 'It is being started';
  if (run && !isOver(run.status)) return 'That run has not ended: choose one that has, or wait';
  return null;
}
