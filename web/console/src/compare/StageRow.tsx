import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { Mark, type MarkName } from '../ui/Mark.tsx';
import { counted, duration } from '../ui/time.ts';
import { Answers } from './Answers.tsx';
import { type AnswerPair, answersOf, type AtStage, type StagePair } from './pairs.ts';
import { numberOf, StageNames } from './StageNames.tsx';
import styles from './StageRow.module.css';
import { awayTime, ownTime } from './times.ts';

/** A stage: how it went on either side, and what was answered. */
export const StageRow = memo(function StageRow({ pair }: { pair: StagePair }) {
  const { left, right } = pair;
  const answers = answersOf(pair);
  return (
    <article className={styles.stage}>
      <h3>
        <span className={styles.no}>{numberOf(pair)}</span> <StageNames pair={pair} />
      </h3>
      <div className={styles.sides}>
        <Came to={left} />
        <Came to={right} />
      </div>
      {answers.map((answer) => (
        <Answers key={answer.itemIndex} {...answer} />
      ))}
    </article>
  );
});

/** What a run came to at a stage, in a line. */
function Came({ to: stage }: { to: AtStage | null }) {
  if (stage === null) return <p className="faint">This version has no such stage.</p>;
  const { attempts, times, takenFrom } = stage;
  if (takenFrom !== null) {
    return (
      <p className="faint">
        Taken over from{' '}
        <Link to="/runs/$runId" params={{ runId: takenFrom }} className="link">
          the run that it repeats
        </Link>
        .
      </p>
    );
  }
  if (attempts.length === 0) return <p className="faint">It did not come here.</p>;
  const { mark, word } = verdictOf(answersOf({ key: '', left: stage, right: null }));
  const away = times ? awayTime(times) : 0;
  return (
    <p className={styles.came}>
      <Mark name={mark}>{word}</Mark>
      <span>{counted(attempts.length, 'attempt')}</span>
      {times && <span>{duration(ownTime(times))}</span>}
      {away > 0 && <span>and {duration(away)} of waiting for people</span>}
    </p>
  );
}

/** Of the last answers: one that failed counts more than those that passed. */
function verdictOf(answers: readonly AnswerPair[]): { mark: MarkName; word: string } {
  const lasts = answers.flatMap(({ left }) => (left ? [left] : []));
  if (lasts.some(({ awaitsPerson }) => awaitsPerson)) return { mark: 'you', word: 'waits for a person' };
  if (lasts.some(({ status }) => status === 'STARTED')) return { mark: 'running', word: 'under way' };
  if (lasts.some(({ status }) => status === 'CANCELLED')) return { mark: 'cancelled', word: 'cancelled' };
  if (lasts.some(({ status }) => status === 'INTERRUPTED')) return { mark: 'lost', word: 'its process was lost' };
  const refused = lasts.filter(({ verdict }) => verdict !== 'PASS');
  if (refused.length === 0) return { mark: 'passed', word: 'passed' };
  return { mark: 'failed', word: refused.some(({ verdict }) => verdict === 'ERROR') ? 'failed' : 'refused' };
}
