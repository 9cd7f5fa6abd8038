import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Note } from '../../ui/Note.tsx';
import { Failure, Quiet } from '../../ui/Quiet.tsx';
import { Field, Tick } from '../../ui/Field.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { inputsOf } from '../text/completions.ts';
import { useSame } from '../text/useSame.ts';
import type { Draft, DraftStage } from '../draft/draft.ts';
import type { DraftState } from '../draft/useDraft.ts';
import styles from './Preview.module.css';
import { PreviewRunsDocument } from './PreviewRuns.generated.ts';
import { PreviewText } from './PreviewText.tsx';
import { type Run, RunChoice } from './RunChoice.tsx';
import { presetRun } from './preset.ts';
import { SampleInputs } from './SampleInputs.tsx';
import { type Samples, samplesFor, useSamples } from './samples.ts';
import { TryStage } from './TryStage.tsx';
import { usePreview } from './usePreview.ts';

export interface PreviewPanelProps {
  draft: Draft;
  stage: DraftStage;
  state: DraftState;
  workflowId: string;
  /** The run whose values it takes, of the URL; null: the newest that has them. */
  runId: string | null;
  onRun: (runId: string | null) => void;
}

/** What the stage would send with the values of a run, and what it answers when it is tried. */
export function PreviewPanel({ draft, stage, state, workflowId, runId, onRun }: PreviewPanelProps) {
  const [tab, setTab] = useState<'preview' | 'try'>('preview');
  const { data, refetch } = useQuery(PreviewRunsDocument, { variables: { workflowId } });
  const runs = data?.executions.nodes ?? NONE;
  const chosen = runId ?? presetRun(runs, draft.stages, stage);
  const [samples, setSample] = useSamples(workflowId);
  const names = inputsOf(draft, NONE_YET);
  return (
    <>
      <Tabs
        label="Preview"
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { name: 'preview', title: 'Preview' },
          { name: 'try', title: 'Try this stage' },
        ]}
      />
      {chosen !== null && (
        <Note>
          <RunChoice runs={runs} chosen={chosen} onChoose={onRun} />
        </Note>
      )}
      {tab === 'preview' ? (
        data && (
          <>
            {chosen === null && names.length > 0 && (
              <Note title="With these inputs, until something has run">
                <SampleInputs names={names} samples={samples} onChange={setSample} />
              </Note>
            )}
            <Preview
              draft={draft}
              stage={stage}
              runId={chosen}
              samples={chosen === null ? samplesFor(names, samples) : undefined}
            />
          </>
        )
      ) : (
        <TryStage
          key={stage.local}
          state={state}
          stage={stage}
          workflowId={workflowId}
          run={runs.find(({ id }) => id === chosen) ?? null}
          runId={chosen}
          names={names}
          samples={samples}
          onSample={setSample}
          onTried={refetch}
        />
      )}
    </>
  );
}

const NONE: readonly Run[] = [];
/** What the draft does not ask for any more is asked for no longer. */
const NONE_YET: readonly string[] = [];

function Preview({
  draft,
  stage,
  runId,
  samples,
}: {
  draft: Draft;
  stage: DraftStage;
  runId: string | null;
  samples: Samples | undefined;
}) {
  const [wantsRetry, setRetry] = useState(false);
  const [item, setItem] = useState(0);
  const isEach = stage.fields.forEach !== null;
  const retry = wantsRetry && stage.fields.retryPromptTemplate !== null;
  const given = useSame(samples);
  const { preview, refusal } = usePreview({
    draft,
    stage,
    runId,
    samples: given,
    itemIndex: isEach ? item : null,
    retry,
  });
  return (
    <>
      {(isEach || stage.fields.retryPromptTemplate !== null) && (
        <Note>
          <div className={styles.ways}>
            {isEach && (
              <Field
                label="Item, from 0"
                className={styles.item}
                type="number"
                min={0}
                value={item}
                onChange={({ target }) => setItem(Math.max(0, Math.trunc(Number(target.value)) || 0))}
              />
            )}
            {stage.fields.retryPromptTemplate !== null && (
              <Tick checked={wantsRetry} onChange={({ target }) => setRetry(target.checked)}>
                after a failure
              </Tick>
            )}
          </div>
        </Note>
      )}
      {refusal !== null && <Failure what="There is no preview" why={refusal} />}
      {runId === null && inputsOf(draft, NONE_YET).length === 0 && (
        <Quiet>Nothing has run yet. Once something has, what its stages brought stands here, too.</Quiet>
      )}
      {preview && refusal === null && <PreviewText preview={preview} />}
    </>
  );
}
