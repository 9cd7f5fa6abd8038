import { useQuery } from '@apollo/client/react';
import type { Attempt } from '@footlight/client';
import { footlightErrors } from '@footlight/client';
import { useState } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Diff, diffText, inWords } from '../../ui/Diff.tsx';
import { Ghost } from '../../ui/Ghost.tsx';
import { isUnderWay } from '../standing.ts';
import { LongText, looksExact } from '../text/LongText.tsx';
import { Decided } from './Asides.tsx';
import { AnswerDocument } from './Answer.generated.ts';
import styles from './Answer.module.css';

interface Props {
  attempt: Attempt;
  /** It is in view, or will soon be. */
  isNear: boolean;
  isLast: boolean;
}

/** What was said: as it comes, or as it came; and as a person left it. */
export function Answer({ attempt, isNear, isLast }: Props) {
  const { raw, edited, isLoading, error } = useAnswer(attempt, isNear);
  const [marks, setMarks] = useState(false);
  if (error) return <p className={styles.told}>This answer could not be read: {footlightErrors(error)[0]?.message}</p>;
  if (isLoading) {
    const place = classes(styles.answer, styles.said, !isLast && styles.past, styles.place);
    return <div className={place}>{isNear && <Ghost lines={1} label="Reading the answer" />}</div>;
  }
  const text = edited ?? raw;
  const exact = looksExact(text);
  const look = classes(styles.answer, !exact && styles.said, !isLast && styles.past);
  return (
    <>
      {attempt.decision && (
        <Decided attempt={attempt} decision={attempt.decision}>
          {edited !== null && (
            <>
              {' '}
              {inWords(diffText(raw, edited))}.{' '}
              <WordButton onClick={() => setMarks(!marks)}>{marks ? 'Hide the marks' : 'Show the marks'}</WordButton>
            </>
          )}
        </Decided>
      )}
      {marks && edited !== null ? (
        <Diff before={raw} after={edited} />
      ) : (
        (text !== '' || isWriting(attempt)) && (
          <LongText text={text} exact={exact} className={look}>
            {isWriting(attempt) && <span className={styles.lamp} />}
          </LongText>
        )
      )}
    </>
  );
}

const isWriting = (attempt: Attempt): boolean => isUnderWay(attempt) && !attempt.awaitsPerson;

/** An answer that was not seen coming is read once it is near. */
function useAnswer(attempt: Attempt, isNear: boolean) {
  const isKnown = attempt.text !== '' || isWriting(attempt);
  const { data, error } = useQuery(AnswerDocument, {
    variables: { id: attempt.logId },
    skip: isKnown || !isNear,
    fetchPolicy: 'cache-first',
  });
  if (isKnown) return { raw: attempt.text, edited: attempt.editedOutput, isLoading: false, error: undefined };
  const log = data?.executionLog;
  return { raw: log?.rawOutput ?? '', edited: log?.editedOutput ?? null, isLoading: !data && !error, error };
}
