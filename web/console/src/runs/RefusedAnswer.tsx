import { Note } from '../ui/Note.tsx';
import type { ListedAttempt } from './attempts.ts';
import styles from './ChosenRun.module.css';
import { Said } from './Said.tsx';

/** The last answer that did not pass: what was said of it, unless it is `said` already, and how it begins. */
export function RefusedAnswer({
  attempt,
  said,
  isOver,
  answer,
}: {
  attempt: ListedAttempt;
  said: string | null;
  /** The run has ended with it; else it is tried again. */
  isOver: boolean;
  /** Null where there was none; undefined until it is read. */
  answer: string | null | undefined;
}) {
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
        {answer ? (
          <Said text={answer} />
        ) : (
          <p className="faint">{answer === undefined ? '\u00a0' : 'There was none.'}</p>
        )}
      </Note>
    </>
  );
}

function titleOf({ validationResult }: ListedAttempt, isOver: boolean): string {
  if (validationResult === 'FAIL') return 'Why it was refused';
  return isOver ? 'Why it failed' : 'Why it is tried again';
}
