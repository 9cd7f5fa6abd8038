import { skipToken, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useExact } from '../exact/useExact.ts';
import { withLocalTimes } from '../run/localTimes.ts';
import { classes } from '../ui/classes.ts';
import { Ghost } from '../ui/Ghost.tsx';
import { Mark } from '../ui/Mark.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Note } from '../ui/Note.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { isOver, statusMark } from '../ui/status.ts';
import { Unread } from '../ui/Unread.tsx';
import { lastRefused, stagesSoFar } from './attempts.ts';
import { ChosenAnswerDocument } from './ChosenAnswer.generated.ts';
import { type ChosenRunQuery, ChosenRunDocument } from './ChosenRun.generated.ts';
import styles from './ChosenRun.module.css';
import { RefusedAnswer } from './RefusedAnswer.tsx';
import { RunFigures } from './RunFigures.tsx';
import { RunGoesOn } from './RunGoesOn.tsx';
import { RunInputs } from './RunInputs.tsx';
import { RunOutput } from './RunOutput.tsx';
import { RunStages } from './RunStages.tsx';
import type { StagesOf } from './stages.ts';
import { useRunStages } from './useRunStages.ts';

type Run = NonNullable<ChosenRunQuery['execution']>;

interface Props {
  id: string;
  stagesOf: StagesOf;
  /** Called with each event of it while it is under way: no row of the list may be there to hear them. */
  onGoesOn: () => void;
}

/** What a run came to, and why, without opening it; it need not be in the list. */
export function ChosenRun({ id, stagesOf, onGoesOn }: Props) {
  const { data, error, retry } = useChosenRun(id);
  if (error && !data) return <Unread what="The run could not be read" error={error} retry={retry} />;
  if (!data) return <Ghost label="Loading the run" />;
  if (!data.execution) {
    return <Failure what="There is no such run" why="It may have been deleted, or be somebody else’s." />;
  }
  const { status, lastEventSeq } = data.execution;
  return (
    <>
      <Told run={data.execution} stagesOf={stagesOf} />
      {status === 'RUNNING' && <RunGoesOn id={id} after={lastEventSeq} onEvent={onGoesOn} />}
    </>
  );
}

function Told({ run, stagesOf }: { run: Run; stagesOf: StagesOf }) {
  const { mark, word } = statusMark(run.status, run.statusReason);
  const attempts = run.logs.nodes;
  const refused = run.status === 'COMPLETED' || run.status === 'PAUSED' ? null : lastRefused(attempts);
  const answer = useQuery(ChosenAnswerDocument, refused ? { variables: { id: refused.id } } : skipToken);
  // Once one was shown, the next takes its place.
  const isComing = refused !== null && !answer.data && !answer.previousData && !answer.error;
  const pinned = useRunStages(run, stagesOf);
  const stages = stagesSoFar(attempts, run.statusReason === 'AWAITING_VALIDATION');
  return (
    <>
      <header className={styles.head}>
        <h2 dir="auto">{run.workflow?.name ?? 'A workflow that was deleted'}</h2>
        <Link to="/runs/$runId" params={{ runId: run.id }} className="link">
          Open
        </Link>
      </header>
      <Note
        title={<Mark name={mark}>{word}</Mark>}
        tools={
          <span className="faint">
            <Moment at={run.completedAt ?? run.diagnosis.since} />
          </span>
        }
      >
        <p className={styles.message} dir="auto">
          {sentenceOf(run.errorMessage ?? withLocalTimes(run.diagnosis.message))}
        </p>
        {mark === 'you' && (
          <p>
            <Link to="/inbox">Decide in the inbox</Link>
          </p>
        )}
      </Note>
      <RunInputs inputs={run.executionInputs} />
      {refused && (
        <RefusedAnswer attempt={refused} said={run.errorMessage} isOver={isOver(run.status)} answer={answer} />
      )}
      {run.status === 'COMPLETED' && <RunOutput output={run.output} />}
      <div className={classes(isComing && styles.below)}>
        <RunStages run={run} stages={stages} orders={pinned?.map(({ stageOrder }) => stageOrder) ?? []} />
        <RunFigures run={run} />
      </div>
    </>
  );
}

/** As the server says it, begun like a sentence. */
const sentenceOf = (message: string) =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?…]$/.test(message) ? '' : '.'}`;

/** Reads it again whenever it has come further, and all pages of its attempts. */
function useChosenRun(id: string) {
  const variables = { id };
  const brought = useQuery(ChosenRunDocument, { variables });
  const { refetch, fetchMore } = brought;
  const run = brought.data?.execution;
  const state = run && `${run.id} ${run.status} ${run.statusReason} ${run.currentStageOrder}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new state is read.
  useEffect(() => {
    if (state) refetch().catch(() => {});
  }, [state]);
  const { hasNextPage, endCursor } = run?.logs.pageInfo ?? {};
  useEffect(() => {
    if (hasNextPage) fetchMore({ variables: { id, after: endCursor } }).catch(() => {});
  }, [id, hasNextPage, endCursor, fetchMore]);
  return useExact(ChosenRunDocument, variables, brought);
}
