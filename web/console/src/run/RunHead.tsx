import { hasEnded, type RunState } from '@footlight/client';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { copyText } from '../ui/copy.ts';
import { Head } from '../ui/Head.tsx';
import { Mark } from '../ui/Mark.tsx';
import { Moment } from '../ui/Moment.tsx';
import { shortId } from '../ui/shortId.ts';
import { RunActions } from './act/RunActions.tsx';
import { useRunActions } from './act/useRunActions.ts';
import { asShown } from './asShown.ts';
import { withLocalTimes } from './localTimes.ts';
import styles from './RunHead.module.css';
import type { RunShown } from './RunView.tsx';
import { sentenceOf } from './sentence.ts';
import type { RunStage } from './stages.ts';
import { Ticking } from './Ticking.tsx';
import { useLasting } from './useLasting.ts';
import type { RunNow } from './useRunNow.ts';
import { WaitBar } from './WaitBar.tsx';

interface Props {
  execution: RunShown;
  run: RunState;
  stages: readonly RunStage[];
  now: RunNow | null;
  /** The attempt in the margin. */
  chosen: string | null;
  onChoose: (logId: string) => void;
}

/** What the run is, what it does in words, what can be done, and the bar for what it waits for. */
export const RunHead = memo(function RunHead({ execution, run, stages, now, chosen, onChoose }: Props) {
  const { id, workflow } = execution;
  const actions = useRunActions(id);
  const told = now && {
    errorMessage: now.errorMessage,
    pauseRequested: now.pauseRequested,
    waitingFor: now.diagnosis.waitingFor,
    message: withLocalTimes(now.diagnosis.message),
  };
  const isAtOnce = run.status === null || hasEnded(run.status);
  const { mark, word, parts } = useLasting(sentenceOf(run, stages, told), isAtOnce);
  return (
    <>
      <Head
        crumb={<Crumb execution={execution} />}
        title={workflow?.name ?? 'A workflow that is gone'}
        status={
          <span className={styles.sentence}>
            <Mark name={mark}>{BOLD.has(mark) ? word : `${word}.`}</Mark>
            {parts.length > 0 && ' '}
            {parts.map((part) => (typeof part === 'string' ? part : <Ticking key="time" {...part} />))}
          </span>
        }
      >
        <RunActions execution={execution} run={run} stages={stages} now={now} actions={actions} />
        <CopyAs {...asShown(run, chosen)} />
      </Head>
      <WaitBar execution={execution} run={run} stages={stages} now={now} actions={actions} onChoose={onChoose} />
    </>
  );
});

/** What is bold stands out of its sentence by itself. */
const BOLD: ReadonlySet<string> = new Set(['running', 'you', 'failed']);

function Crumb({ execution }: { execution: RunShown }) {
  const { id, workflow, workflowVersion, createdAt, rerunOf } = execution;
  return (
    <>
      <Link to="/runs">Runs</Link>
      <span aria-hidden="true">/</span>
      <WordButton className="exact" title={`${id}: copy it`} onClick={() => copyText(id, 'the id')}>
        <span className="away">Copy the id </span>
        {shortId(id)}
      </WordButton>
      <span>version {workflowVersion}, pinned</span>
      {workflow && (
        <Link to="/workflows/$workflowId" params={{ workflowId: workflow.id }}>
          {workflow.version === workflowVersion ? 'the workflow' : `the workflow, version ${workflow.version} now`}
        </Link>
      )}
      <span>
        started <Moment at={createdAt} />
      </span>
      {rerunOf && (
        <Link to="/runs/$runId" params={{ runId: rerunOf.id }}>
          repeats an earlier run
        </Link>
      )}
    </>
  );
}
