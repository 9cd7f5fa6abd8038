import { skipToken, useQuery } from '@apollo/client/react';
import { type Attempt, footlightErrors } from '@footlight/client';
import { useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { count } from '../ui/time.ts';
import styles from './Answers.module.css';
import { ComparedAnswerDocument } from './ComparedAnswer.generated.ts';
import type { AnswerPair } from './pairs.ts';
import { SideBySide } from './SideBySide.tsx';
import { useNear } from './useNear.ts';

/** The last answers of both runs to one question; they are read when they come near. */
export function Answers({ itemIndex, left, right }: AnswerPair) {
  const [ref, isNear] = useNear<HTMLDivElement>();
  return (
    <div ref={ref} className={styles.answers}>
      {itemIndex !== null && <h4>Item {count(itemIndex + 1)}</h4>}
      {isNear && <Texts left={left} right={right} />}
    </div>
  );
}

function Texts({ left, right }: Pick<AnswerPair, 'left' | 'right'>) {
  const [one, other] = [useAnswer(left), useAnswer(right)];
  const [isShown, setShown] = useState(false);
  const why = one.error ?? other.error;
  if (why) return <p className={styles.error}>An answer could not be read: {why}</p>;
  if (one.text === undefined || other.text === undefined) {
    return (
      <div className={styles.coming}>
        <Ghost lines={1} />
      </div>
    );
  }
  const isSame = left !== null && right !== null && one.text === other.text;
  if (isSame && !isShown) {
    return (
      <p className={styles.same}>
        {one.text === '' ? 'Neither has answered.' : 'Both answered the same.'}{' '}
        {one.text !== '' && <WordButton onClick={() => setShown(true)}>Show it</WordButton>}
      </p>
    );
  }
  return <SideBySide left={one.text} right={other.text} />;
}

/** What was answered, as it went on: with a person's edits. Nothing while it is being read. */
function useAnswer(attempt: Attempt | null): { text: string | undefined; error: string | null } {
  const hasEnded = attempt !== null && attempt.status !== 'STARTED';
  // What has ended stays as it is.
  const fetchPolicy = hasEnded ? ('cache-first' as const) : ('cache-and-network' as const);
  const asked = attempt ? { variables: { id: attempt.logId }, fetchPolicy } : skipToken;
  const { data, error } = useQuery(ComparedAnswerDocument, asked);
  if (attempt === null) return { text: '', error: null };
  const log = data?.executionLog;
  const text = log === null ? '' : log && (log.editedOutput ?? log.rawOutput ?? '');
  return { text, error: footlightErrors(error)[0]?.message ?? null };
}
