import type { Attempt, RunState } from '@footlight/client';
import { Link } from '@tanstack/react-router';
import { Fragment, memo, useMemo, useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Mark, Shape } from '../ui/Mark.tsx';
import { count, counted } from '../ui/time.ts';
import styles from './Programme.module.css';
import { type ItemCounts, type ProgrammeRow, programmeOf } from './programme.ts';
import { afterword, isUnderWay, nth, standingOf, tookMs } from './standing.ts';
import type { RunStage } from './stages.ts';
import type { TakenOver } from './takenOver.ts';
import { Took } from './Ticking.tsx';

interface Props {
  run: RunState;
  stages: readonly RunStage[];
  takenOver: TakenOver | null;
  chosen: string | null;
  onChoose: (logId: string) => void;
  className?: string | undefined;
}

/** The stages in their order. */
export const Programme = memo(function Programme({ run, stages, takenOver, chosen, onChoose, className }: Props) {
  const rows = useMemo(() => programmeOf(stages, run, takenOver), [stages, run, takenOver]);
  return (
    <nav aria-label="Stages" className={className}>
      <ol className={styles.programme}>
        {rows.map((row) => (
          <Row key={row.stage.stageOrder} row={row} chosen={chosen} onChoose={onChoose} />
        ))}
      </ol>
    </nav>
  );
});

interface RowProps {
  row: ProgrammeRow;
  chosen: string | null;
  onChoose: (logId: string) => void;
}

function Row({ row, chosen, onChoose }: RowProps) {
  const { stage, standing, isNow, visits, items, lastLog } = row;
  const name = stage.name ?? `Stage ${stage.stageOrder}`;
  const body = (
    <>
      <span className={styles.no}>{stage.stageOrder}</span>
      <span className={styles.name} dir="auto" title={name}>
        {name}
      </span>
      <span className={styles.state}>
        <Mark name={standing.mark}>
          <State row={row} />
        </Mark>
      </span>
    </>
  );
  const isChosen = chosen !== null && chosen === lastLog && row.tries.length === 0;
  return (
    <li className={classes(isNow && styles.now, lastLog === null && styles.todo)}>
      {lastLog === null ? (
        <div className={styles.row}>{body}</div>
      ) : (
        <button
          type="button"
          className={styles.row}
          aria-current={isChosen || undefined}
          onClick={() => onChoose(lastLog)}
        >
          {body}
        </button>
      )}
      {visits > 1 && <p className={styles.told}>{counted(visits, 'visit')}</p>}
      {items && <Items items={items} chosen={chosen} onChoose={onChoose} />}
      <Tries tries={row.tries} visits={visits} chosen={chosen} onChoose={onChoose} />
    </li>
  );
}

/** The word of a stage that stands still is its time. */
function State({ row: { standing, tookMs: took, since, takenFrom } }: { row: ProgrammeRow }) {
  if (takenFrom !== null) {
    return (
      <Link to="/runs/$runId" params={{ runId: takenFrom }} className={classes('link', styles.from)}>
        {standing.word}
        <span className="away"> from the run that this one repeats</span>
      </Link>
    );
  }
  if (standing.mark === 'todo') return <span className="away">{standing.word}</span>;
  if (since !== null || took === null) return standing.word;
  return (
    <>
      <span className="away">{standing.word} in </span>
      <Took ms={took} since={null} />
    </>
  );
}

/** As many attempts of one stage are shown at first, the latest. */
const AT_FIRST = 6;

const answerOf = ({ attemptNumber }: Attempt) => `${nth(attemptNumber)} answer`;
const visitOf = ({ visit }: Attempt) => `${nth(visit ?? 1)} visit`;

interface TriesProps extends Omit<RowProps, 'row'> {
  tries: readonly Attempt[];
  visits: number;
}

function Tries({ tries, visits, chosen, onChoose }: TriesProps) {
  const [all, setAll] = useState(false);
  const areVisits = visits > 1 && visits === tries.length;
  const first = all ? 0 : Math.max(0, tries.length - AT_FIRST);
  return (
    <>
      {first > 0 && (
        <p className={styles.told}>
          <WordButton onClick={() => setAll(true)}>
            {counted(first, areVisits ? 'earlier visit' : 'earlier answer')}
          </WordButton>
        </p>
      )}
      {tries.slice(first).map((attempt, index, shown) => (
        <Fragment key={attempt.logId}>
          {!areVisits && beginsVisit(attempt, shown[index - 1]) && <p className={styles.told}>{visitOf(attempt)}</p>}
          <Try
            attempt={attempt}
            label={areVisits ? visitOf(attempt) : answerOf(attempt)}
            chosen={chosen}
            onChoose={onChoose}
          />
        </Fragment>
      ))}
    </>
  );
}

/** Where a stage was visited several times, its answers stand under their visits. */
function beginsVisit({ visit }: Attempt, before: Attempt | undefined): boolean {
  return before ? before.visit !== visit : (visit ?? 1) > 1;
}

interface TryProps extends Omit<RowProps, 'row'> {
  attempt: Attempt;
  label: string;
}

function Try({ attempt, label, chosen, onChoose }: TryProps) {
  const { logId } = attempt;
  const { mark } = standingOf(attempt);
  return (
    <button
      type="button"
      className={classes(styles.try, isUnderWay(attempt) && styles.live, mark === 'failed' && styles.fail)}
      aria-current={chosen === logId || undefined}
      onClick={() => onChoose(logId)}
    >
      <Shape name={mark} />
      <span>{label + afterword(attempt)}</span>
      <Took ms={tookMs(attempt)} since={isUnderWay(attempt) ? attempt.startedAt : null} />
    </button>
  );
}

/** As many failing items are listed. */
const MOST_ITEMS = 20;

function Items({ items, chosen, onChoose }: { items: ItemCounts } & Omit<RowProps, 'row'>) {
  const { total, passed, underWay, retrying, failing } = items;
  const rest = failing.length - MOST_ITEMS;
  return (
    <>
      <p className={styles.told}>
        {`${count(passed)} of ${counted(total, 'item')} passed`}
        {underWay > 0 && `, ${count(underWay)} under way`}
        {retrying > 0 && `, ${count(retrying)} to be tried again`}
        {failing.length > 0 && `, ${count(failing.length)} failed`}
      </p>
      {failing.slice(0, MOST_ITEMS).map((attempt) => (
        <Try
          key={attempt.logId}
          attempt={attempt}
          label={`Item ${count((attempt.itemIndex ?? 0) + 1)}`}
          chosen={chosen}
          onChoose={onChoose}
        />
      ))}
      {rest > 0 && <p className={styles.told}>{`and ${counted(rest, 'more item')} that failed`}</p>}
    </>
  );
}
