import { useQuery } from '@apollo/client/react';
import type { Attempt } from '@footlight/client';
import { footlightErrors } from '@footlight/client';
import { useMemo, useState } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Diff, diffText, inWords } from '../../ui/Diff.tsx';
import { Ghost } from '../../ui/Ghost.tsx';
import { isUnderWay, isWriting } from '../standing.ts';
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
  if (error || isLoading) {
    const place = classes(styles.answer, styles.said, !isLast && styles.past, styles.place, !error && styles.empty);
    const why = error && `This answer could not be read: ${footlightErrors(error)[0]?.message}`;
    return (
      <div className={place}>
        {why ? <p className={styles.told}>{why}</p> : isNear && <Ghost lines={1} label="Reading the answer" />}
      </div>
    );
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
              <Changed raw={raw} edited={edited} />{' '}
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

/** It is told anew with each frame of a run that goes on. */
function Changed({ raw, edited }: { raw: string; edited: string }) {
  return useMemo(() => `${inWords(diffText(raw, edited))}.`, [raw, edited]);
}

/**
 * An answer that was not seen coming is read once it is near; and so is one that only waits for its judge, for its last
 * words may not have come.
 */
function useAnswer(attempt: Attempt, isNear: boolean) {
  const isJudged = isUnderWay(attempt) && !attempt.awaitsPerson && !isWriting(attempt);
  const isKnown = !isJudged && (attempt.text !== '' || isWriting(attempt));
  const { data, error } = useQuery(AnswerDocument, {
    variables: { id: attempt.logId },
    skip: isKnown || !isNear,
    fetchPolicy: isJudged ? 'cache-and-network' : 'cache-first',
    nextFetchPolicy: 'cache-first',
  });
  const shown = { raw: attempt.text, edited: attempt.editedOutput, isLoading: false, error: undefined };
  if (isKnown) return shown;
  const log = data?.executionLog;
  if (isJudged && attempt.text !== '' && log?.rawOutput == null) return shown;
  return { raw: log?.rawOutput ?? '', edited: log?.editedOutput ?? null, isLoading: !data && !error, error };
}
