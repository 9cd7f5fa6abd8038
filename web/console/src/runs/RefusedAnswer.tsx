import type { useQuery } from '@apollo/client/react';
import { classes } from '../ui/classes.ts';
import { Note } from '../ui/Note.tsx';
import { Unread } from '../ui/Unread.tsx';
import type { ListedAttempt } from './attempts.ts';
import type { ChosenAnswerQuery } from './ChosenAnswer.generated.ts';
import styles from './ChosenRun.module.css';
import { Said } from './Said.tsx';

/** The last answer that did not pass: what was said of it, unless it is `said` already, and how it begins. */
export function RefusedAnswer({
  attempt,
  said,
  isOver,
  answer: { data, previousData, error, refetch },
}: {
  attempt: ListedAttempt;
  said: string | null;
  /** The run has ended with it; else it is tried again. */
  isOver: boolean;
  answer: Pick<useQuery.Result<ChosenAnswerQuery>, 'data' | 'previousData' | 'error' | 'refetch'>;
}) {
  // That of the attempt before keeps the place of the next.
  const text = (data ?? previousData)?.executionLog?.rawOutput;
  const why = attempt.validatorNotes ?? attempt.errorMessage;
  return (
    <>
      {why && !said?.includes(why) && (
        <Note title={titleOf(attempt, isOver)}>
          <p className={styles.why} dir="auto">
            {why}
          </p>
        </Note>
      )}
      <Note
        title="Last answer"
        tools={<span className="faint">{`stage ${attempt.stageOrder}, attempt ${attempt.attemptNumber}`}</span>}
      >
        {error && !data ? (
          <Unread what="It could not be read" error={error} retry={refetch} />
        ) : text ? (
          <div className={classes(!data && styles.below)}>
            <Said text={text} />
          </div>
        ) : (
          <p className="faint">{data ? 'There was none.' : '\u00a0'}</p>
        )}
      </Note>
    </>
  );
}

function titleOf({ validationResult }: ListedAttempt, isOver: boolean): string {
  if (validationResult === 'FAIL') return 'Why it was refused';
  return isOver ? 'Why it failed' : 'Why it is tried again';
}
