import { useApolloClient, useFragment } from '@apollo/client/react';
import { useRouter } from '@tanstack/react-router';
import { memo } from 'react';
import { useStatusChanges } from '../app/live.ts';
import { Given } from '../given/Given.tsx';
import { paths } from '../paths.ts';
import { classes } from '../ui/classes.ts';
import { Mark } from '../ui/Mark.tsx';
import { Moment } from '../ui/Moment.tsx';
import { statusMark } from '../ui/status.ts';
import { count } from '../ui/time.ts';
import { Lamps } from './Lamps.tsx';
import { type Attempted, lampsInWords, lampsOf, type Place } from './lamps.ts';
import { RunGoesOn } from './RunGoesOn.tsx';
import { RunOfDocument } from './RunOf.generated.ts';
import { RunRowFragmentDoc } from './RunRow.generated.ts';
import styles from './RunRow.module.css';
import type { RowAttempts } from './rowAttempts.ts';
import type { RowStage, StagesOf } from './stages.ts';
import { standing } from './sentence.ts';
import { Took } from './Took.tsx';
import { useAttempted } from './useAttempted.ts';
import { useRunStages } from './useRunStages.ts';

interface Props {
  id: string;
  stagesOf: StagesOf;
  /** None where there is no room for what became of each stage. */
  attempts: RowAttempts | null;
  /** Called with each event of it while it is under way. */
  onGoesOn: () => void;
  twoLines: boolean;
  /** There is room for what it was given. */
  showsGiven: boolean;
  isChosen: boolean;
  /** It was taken to be compared with another. */
  isTaken: boolean;
  /** Called by a click; its `Enter`, and a click without a pane beside the list, open the run. */
  onChoose: ((id: string) => void) | null;
}

/** One run in the list: a link, whose row says where it stands. */
export const RunRow = memo(function RunRow({
  id,
  stagesOf,
  attempts,
  onGoesOn,
  twoLines,
  showsGiven,
  isChosen,
  isTaken,
  onChoose,
}: Props) {
  const { data: run, complete } = useFragment({
    fragment: RunRowFragmentDoc,
    fragmentName: 'RunRow',
    from: { __typename: 'Execution', id },
  });
  const open = useOpen(id, onChoose);
  useTokensOfChanges(id);
  const stages = useRunStages(complete ? run : null, stagesOf);
  const attempted = useAttempted(id, complete ? run : null, attempts);
  // Of one that was deleted the place stays until the list is another: rows of no height are never shown again.
  if (!complete) return <div className={classes(styles.row, twoLines && styles.two)} data-gone={id} />;
  const { mark, word } = statusMark(run.status, run.statusReason);
  const sentence = standing(run, stages);
  return (
    <a
      href={paths.run.replace('$runId', id)}
      data-run={id}
      aria-current={isChosen || undefined}
      className={classes(styles.row, twoLines && styles.two, isTaken && styles.taken, !sentence && styles.alone)}
      onClick={open}
    >
      <span className={styles.status}>
        <Mark name={mark}>{word}</Mark>
        {isTaken && <span className={styles.mine}>to compare</span>}
      </span>
      <span className={styles.what}>
        <span className={styles.first}>
          <span className={styles.name}>
            <bdi>{run.workflow?.name ?? 'A workflow that was deleted'}</bdi>
          </span>{' '}
          {showsGiven && <Given id={id} className={styles.given} />}
        </span>{' '}
        {sentence && (
          <span className={classes(styles.sentence, styles[run.status])} dir="auto">
            {sentence}
          </span>
        )}
      </span>
      <span className={styles.stages}>{stages && <StageLamps run={run} stages={stages} attempted={attempted} />}</span>
      <span className={styles.began}>
        <Moment at={run.startedAt ?? run.createdAt} />
      </span>
      <span className={styles.took}>
        <Took run={run} />
      </span>
      <span className={styles.tokens}>
        {run.usage.totalTokens !== null && (
          <>
            {count(run.usage.totalTokens)}
            <span className="away"> tokens</span>
          </>
        )}
      </span>
      {run.status === 'RUNNING' && <RunGoesOn id={id} after={run.lastEventSeq} onEvent={onGoesOn} />}
    </a>
  );
});

interface StageLampsProps {
  run: Place;
  stages: readonly RowStage[];
  attempted: Attempted | null;
}

function StageLamps({ run, stages, attempted }: StageLampsProps) {
  const orders = stages.map(({ stageOrder }) => stageOrder);
  const lamps = lampsOf(run, orders, attempted);
  return <Lamps lamps={lamps} label={lampsInWords(run, orders, lamps)} />;
}

/** A click chooses where there is room to tell of the run; a second one, and `Enter`, open it. */
function useOpen(id: string, onChoose: ((id: string) => void) | null) {
  const router = useRouter();
  return (event: React.MouseEvent) => {
    // Elsewhere, as whoever holds such a key wants it.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (event.detail === 1 && onChoose) onChoose(id);
    else router.navigate({ to: '/runs/$runId', params: { runId: id } });
  };
}

/** A change says its state, but neither its tokens nor until when it waits: a row in view asks for them. */
function useTokensOfChanges(id: string): void {
  const client = useApolloClient();
  useStatusChanges((change) => {
    if (change?.executionId !== id) return;
    client.query({ query: RunOfDocument, variables: { id }, fetchPolicy: 'network-only' }).catch(() => {});
  });
}
