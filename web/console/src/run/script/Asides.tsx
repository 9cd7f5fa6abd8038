import type { Attempt, Decision } from '@footlight/client';
import { Link } from '@tanstack/react-router';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { type MarkName, Shape } from '../../ui/Mark.tsx';
import { duration, ordinal } from '../../ui/time.ts';
import { standingOf } from '../standing.ts';
import { judgeName, judgeSpeaks, type RunStage } from '../stages.ts';
import { Ticking } from '../Ticking.tsx';
import styles from './Asides.module.css';

interface Props {
  attempt: Attempt;
  stage: RunStage | undefined;
  onChoose: (logId: string) => void;
}

/** What the console tells between what was said. */
function Aside({
  mark,
  quote,
  finding,
  children,
}: {
  mark: MarkName;
  /** Somebody's words. */
  quote?: string | null;
  /** The server's. */
  finding?: string | null;
  children: React.ReactNode;
}) {
  return (
    <div className={classes(styles.aside, mark === 'failed' && styles.fail)}>
      <Shape name={mark} />
      <div>
        {children}
        {quote && (
          <q dir="auto" className={styles.quote}>
            {quote}
          </q>
        )}
        {finding && (
          <p dir="auto" className={styles.finding}>
            {finding}
          </p>
        )}
      </div>
    </div>
  );
}

/** An attempt that another one followed. */
export function Refused({ attempt, stage, onChoose }: Props) {
  const { mark, word } = standingOf(attempt);
  const which = capital(ordinal(attempt.attemptNumber));
  const by = attempt.verdict === 'FAIL' ? ` by ${judgeName(stage)}` : '';
  return (
    <Aside
      mark={mark}
      quote={judgeSpeaks(stage) ? attempt.notes : null}
      finding={judgeSpeaks(stage) ? attempt.errorMessage : (attempt.notes ?? attempt.errorMessage)}
    >
      {which} answer {attempt.status === 'INTERRUPTED' ? 'lost with its process' : `${word}${by}`}.{' '}
      <WordButton onClick={() => onChoose(attempt.logId)}>Read it</WordButton>
    </Aside>
  );
}

/** What became of the last attempt of a visit, where that is more than a pass. */
export function Outcome({ attempt, stage, onChoose }: Props) {
  const { status, verdict, nextStageOrder, stageOrder, routeValue } = attempt;
  const isRefused = status === 'INTERRUPTED' || (status === 'FINISHED' && verdict !== 'PASS');
  const isBack = nextStageOrder !== null && nextStageOrder <= stageOrder && attempt.retry === null;
  return (
    <>
      {attempt.awaitsPerson && (
        <Aside mark="you">
          It waits for your decision.{' '}
          <Link to="/inbox/$logId" params={{ logId: attempt.logId }} className="link">
            Read and decide
          </Link>
        </Aside>
      )}
      {isRefused && !attempt.decision && <Refused attempt={attempt} stage={stage} onChoose={onChoose} />}
      {routeValue !== null && nextStageOrder !== null && (
        <Aside mark="todo">
          By <span className="exact">{routeValue}</span> it goes on to stage {nextStageOrder}.
        </Aside>
      )}
      {routeValue === null && isBack && <Aside mark="retry">It goes back to stage {nextStageOrder}.</Aside>}
    </>
  );
}

export function Decided({
  attempt,
  decision,
  children,
}: {
  attempt: Attempt;
  decision: Decision;
  children: React.ReactNode;
}) {
  const after =
    attempt.askedAt === null ? '' : ` after ${duration(Date.parse(decision.at) - Date.parse(attempt.askedAt))}`;
  return (
    <Aside mark={decision.result === 'PASS' ? 'you' : 'failed'} quote={decision.notes}>
      You {decision.result === 'PASS' ? 'passed it' : 'sent it back'}
      {after}.{children}
    </Aside>
  );
}

export function Waits({ until }: { until: string }) {
  return (
    <Aside mark="retry">
      The next try begins in <Ticking until={until} />.
    </Aside>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
