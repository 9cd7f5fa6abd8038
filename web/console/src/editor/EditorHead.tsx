import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { problemWords } from '../definition/problemWords.ts';
import { Button, buttonClass } from '../ui/Button.tsx';
import { Head } from '../ui/Head.tsx';
import { counted } from '../ui/time.ts';
import type { DraftState } from './draft/useDraft.ts';
import styles from './EditorHead.module.css';
import { StartDialog } from './StartDialog.tsx';
import { isError } from './draft/problems.ts';
import { MoreActions } from './MoreActions.tsx';
import type { Model } from './form/stageForm.ts';

/** What the workflow is called, which version it is, and where one goes from here. */
export function EditorHead({
  workflow: { id, version },
  state,
  running,
  models,
  onName,
}: {
  workflow: { id: string; version: number };
  state: DraftState;
  running: number;
  models: readonly Model[];
  /** Leads to where the name is written. */
  onName: () => void;
}) {
  const { draft, changes } = state;
  const [isAsking, setAsking] = useState(false);
  const navigate = useNavigate();
  const params = { workflowId: id };
  const start = () => {
    if (changes > 0) setAsking(true);
    else void navigate({ to: '/workflows/$workflowId/start', params });
  };
  return (
    <Head
      crumb={
        <>
          <Link to="/">Workflows</Link>
          <span>/</span>
          <span>{versionInWords(version, running)}</span>
        </>
      }
      title={
        <button type="button" className={styles.name} title="Change the name" onClick={onName}>
          {draft.name || 'Without a name'}
        </button>
      }
      status={readiness(state)}
    >
      <MoreActions workflowId={id} draft={draft} models={models} onStart={start} />
      <Link to="/workflows/$workflowId/snapshots" params={params} className={buttonClass('bare')}>
        Snapshots
      </Link>
      <Link to="/runs" search={{ workflow: id }} className={buttonClass('bare')}>
        Runs
      </Link>
      {changes === 0 ? (
        <Link to="/workflows/$workflowId/start" params={params} className={buttonClass()}>
          Start a run…
        </Link>
      ) : (
        <Button onClick={start}>Start a run…</Button>
      )}
      {isAsking && <StartDialog state={state} version={version} onClose={() => setAsking(false)} />}
    </Head>
  );
}

function versionInWords(version: number, running: number): string {
  if (running === 0) return `version ${version}`;
  const runs = running >= 100 ? '100 runs or more' : counted(running, 'run');
  return `version ${version}; ${runs} under way, which ${running === 1 ? 'keeps' : 'keep'} the version of ${running === 1 ? 'its' : 'their'} start`;
}

/** Whether a run could go through, in a sentence, once it is known. */
function readiness({ draft: { stages }, problems, isChecked }: DraftState): string {
  if (stages.length === 0) return 'It has no stages yet: add the first.';
  const errors = problems.filter(isError).length;
  const of = counted(stages.length, 'stage');
  if (!isChecked) return `${of}.`;
  if (errors === 0) return `${[`${of}, no problem found`, problemWords(problems)].filter(Boolean).join(', ')}.`;
  return `${of}. ${counted(errors, 'problem')} ${errors === 1 ? 'keeps' : 'keep'} a run from going through.`;
}
