import { type Attempt, hasEnded, type RunState } from '@footlight/client';
import { useRun } from '@footlight/client/react';
import { Link } from '@tanstack/react-router';
import { classes } from '../../ui/classes.ts';
import { Mark, type MarkName } from '../../ui/Mark.tsx';
import { Note } from '../../ui/Note.tsx';
import { Failure } from '../../ui/Quiet.tsx';
import { duration, ordinal } from '../../ui/time.ts';
import { useTextMode } from '../text/mode.ts';
import styles from './Preview.module.css';

/** What the stage answers while it is tried, and what was said of it. */
export function Tried({ runId, order }: { runId: string; order: number }) {
  const { run, error } = useRun(runId, { deltas: true });
  const attempts = run.attempts.filter(({ stageOrder }) => stageOrder === order);
  return (
    <>
      {error && <Failure what="It cannot be watched" why={error.message} />}
      {attempts.map((attempt) => (
        <Answer key={attempt.logId} attempt={attempt} />
      ))}
      <Note>
        <p aria-live="polite">{stateOf(run, attempts)}</p>
        <Link className="link" to="/runs/$runId" params={{ runId }}>
          All of this run
        </Link>
      </Note>
    </>
  );
}

function Answer({ attempt }: { attempt: Attempt }) {
  const mode = useTextMode();
  const { attemptNumber, itemIndex, text, notes, errorMessage, durationMs } = attempt;
  const { mark, word } = standing(attempt);
  const item = itemIndex === null ? '' : `, item ${itemIndex}`;
  const title = `${ordinal(attemptNumber)} answer${item}`;
  return (
    <Note
      title={title.charAt(0).toUpperCase() + title.slice(1)}
      tools={durationMs === null ? undefined : duration(durationMs)}
    >
      <div className={classes(styles.text, mode)} dir="auto">
        {text}
      </div>
      <p className={styles.verdict}>
        <Mark name={mark}>{word}</Mark>
        {attempt.awaitsPerson && (
          <Link className="link" to="/inbox/$logId" params={{ logId: attempt.logId }}>
            Decide
          </Link>
        )}
      </p>
      {notes && (
        <p className={classes('said', styles.notes)} dir="auto">
          {notes}
        </p>
      )}
      {errorMessage && <p dir="auto">{errorMessage}</p>}
    </Note>
  );
}

function standing({ verdict, status, awaitsPerson, answeredAt }: Attempt): { mark: MarkName; word: string } {
  if (awaitsPerson) return { mark: 'you', word: 'Waits for you' };
  if (status === 'INTERRUPTED') return { mark: 'lost', word: 'Its process was lost' };
  if (status === 'CANCELLED') return { mark: 'cancelled', word: 'Cancelled' };
  if (status === 'STARTED') return { mark: 'running', word: answeredAt ? 'Being judged' : 'Writing' };
  if (verdict === 'PASS') return { mark: 'passed', word: 'Passed' };
  return { mark: 'failed', word: verdict === 'FAIL' ? 'Refused' : 'Failed' };
}

function stateOf({ status }: RunState, attempts: readonly Attempt[]): string {
  if (status === null || (attempts.length === 0 && !hasEnded(status))) return 'It has not begun yet.';
  if (status === 'COMPLETED') return 'It passed, and nothing else was run.';
  if (status === 'FAILED') return 'It did not pass.';
  if (status === 'CANCELLED') return 'It was cancelled.';
  return status === 'PAUSED' ? 'It waits.' : 'It is under way.';
}
