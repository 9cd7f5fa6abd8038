import type { RunState } from '@footlight/client';
import { Link } from '@tanstack/react-router';
import { Button, buttonClass, WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Shape } from '../ui/Mark.tsx';
import type { RunActionsState } from './act/useRunActions.ts';
import { withLocalTimes } from './localTimes.ts';
import { failed } from './sentence.ts';
import type { RunShown } from './RunView.tsx';
import type { RunStage } from './stages.ts';
import type { RunNow } from './useRunNow.ts';
import styles from './WaitBar.module.css';

interface Props {
  execution: RunShown;
  run: RunState;
  stages: readonly RunStage[];
  now: RunNow | null;
  actions: RunActionsState;
  onChoose: (logId: string) => void;
}

/** What the run waits for and what helps, how it failed, or why something was refused: one line each, where there is one. */
export function WaitBar({ execution, run, stages, now, actions, onChoose }: Props) {
  const { refusal } = actions;
  const last = run.attempts.at(-1);
  return (
    <div className={styles.bars}>
      {refusal && (
        <div className={styles.bar} role="alert">
          <Shape name="failed" className={styles.fail} />
          <p>
            <b>{refusal.what}</b> {refusal.why} <WordButton onClick={actions.forgetRefusal}>Close</WordButton>
          </p>
        </div>
      )}
      {run.status === 'FAILED' && (
        <div className={styles.bar}>
          <Shape name="failed" className={styles.fail} />
          <p>
            <b>{last ? failed(last, run, stages) : 'It failed.'}</b>{' '}
            <span dir="auto" className={styles.why}>
              {closed(capital(now?.errorMessage ?? ''))}
            </span>{' '}
            {last && <WordButton onClick={() => onChoose(last.logId)}>Read the answer</WordButton>}{' '}
            <WordButton onClick={() => actions.openRerun(last?.stageOrder ?? null)}>
              {last ? `Rerun from stage ${last.stageOrder}` : 'Rerun it'}
            </WordButton>
          </p>
        </div>
      )}
      {run.status === null ? <Kept execution={execution} now={now} /> : <Waiting run={run} now={now} />}
    </div>
  );
}

function Waiting({ run, now }: { run: RunState; now: RunNow | null }) {
  const waitingFor = now?.diagnosis.waitingFor;
  const person = run.waits.find(({ kind }) => kind === 'person');
  if (person?.logId) {
    return (
      <div className={styles.bar}>
        <Shape name="you" className={styles.you} />
        <p>
          <b>Stage {person.stageOrder} waits for your decision.</b> {DECIDE}
        </p>
        <Link to="/inbox/$logId" params={{ logId: person.logId }} className={buttonClass('lit')}>
          Read and decide
        </Link>
      </div>
    );
  }
  if (!now || !isTold(now, run.statusReason)) return null;
  return (
    <div className={styles.bar}>
      <Shape
        name={waitingFor === 'RESCUE' ? 'lost' : waitingFor === 'RETRY' || waitingFor === 'JUDGE' ? 'retry' : 'pending'}
      />
      <p>
        <Told now={now} />
      </p>
    </div>
  );
}

/** Until the run's events are read there is only its own row. The bar that they will bring has its place, so that nothing moves. */
function Kept({ execution: { status, statusReason }, now }: { execution: RunShown; now: RunNow | null }) {
  const isAsked = status === 'PAUSED' && statusReason === 'AWAITING_VALIDATION';
  const told = now !== null && isTold(now, statusReason) ? now : null;
  if (!isAsked && !told && status !== 'FAILED') return null;
  return (
    <div className={classes(styles.bar, styles.kept)}>
      <Shape name="pending" />
      <p>
        {isAsked && `Stage 1 waits for your decision. ${DECIDE}`}
        {told && <Told now={told} />}
        {status === 'FAILED' && (
          <>
            <b>Stage 1 of 2 failed.</b> <span className={styles.why}>{closed(capital(now?.errorMessage ?? ''))}</span>{' '}
            <WordButton>Read the answer</WordButton> <WordButton>Rerun from stage 1</WordButton>
          </>
        )}
      </p>
      {isAsked && <Button>Read and decide</Button>}
    </div>
  );
}

const DECIDE = 'You can read the answer, change it, pass it or send it back.';

const Told = ({ now: { diagnosis } }: { now: RunNow }) => (
  <>
    {capital(withLocalTimes(diagnosis.message))}. <span className="faint">{capital(diagnosis.advice[0] ?? '')}</span>
  </>
);

/** Waits that the sentence above does not tell all of. */
const TOLD = new Set(['TURN', 'USER_LIMIT', 'RETRY', 'RESCUE']);

const isTold = ({ diagnosis: { waitingFor } }: RunNow, statusReason: string | null): boolean =>
  TOLD.has(waitingFor) || (statusReason === 'JUDGE_WAIT' && waitingFor === 'JUDGE');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A provider's own words may end as a sentence does. */
const closed = (text: string): string => (/[\p{L}\p{N}\p{Pe}\p{Pf}]$/u.test(text) ? `${text}.` : text);
