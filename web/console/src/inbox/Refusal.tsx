import type { FootlightError } from '@footlight/client';
import { Link } from '@tanstack/react-router';
import { Failure } from '../ui/Quiet.tsx';
import { Unread } from '../ui/Unread.tsx';
import type { OpenLetter } from './LetterPage.tsx';
import styles from './LetterPage.module.css';
import { fateInWords } from './LetterRow.tsx';
import type { Letter } from './letters.ts';
import { refusedEdit } from './refusedEdit.ts';

/** What keeps the letter from being read or decided, in words; what was written is never lost by it. */
export function Refusal({
  error,
  isGone,
  retry,
  fault,
  letter,
  log,
  hasWritten,
}: {
  error: unknown;
  isGone: boolean;
  retry: () => unknown;
  fault: FootlightError | null;
  letter: Letter | null;
  log: OpenLetter | null;
  hasWritten: boolean;
}) {
  if (isGone && !log)
    return <Failure what="There is no such answer" why="Its run may have been deleted, or be somebody else’s." />;
  if (error) return <Unread what="The answer could not be read" error={error} retry={retry} />;
  const kept = hasWritten ? ' What you wrote is kept here, to be copied.' : '';
  const isElsewhere = fault?.code === 'CONFLICT' || (letter?.fate && !letter.fate.isMine);
  const gone = letter?.fate && ['CANCELLED', 'DELETED'].includes(letter.fate.result) ? letter.fate : null;
  if (isElsewhere) {
    return (
      <div className={styles.refusal} role="alert">
        <p>
          <b>{gone ? `${fateInWords(gone)}.` : 'It was decided elsewhere.'}</b> There is nothing more to decide.{kept}{' '}
          {log && (
            <Link to="/runs/$runId" params={{ runId: log.execution.id }} search={{ log: log.id }} className="link">
              See how the run went on
            </Link>
          )}
        </p>
      </div>
    );
  }
  if (!fault || refusedEdit(fault) !== null) return null;
  // An answer that is lost on its way back may have been one that the decision was taken.
  const isUnheard = fault.code === 'NETWORK';
  return (
    <div className={styles.refusal} role="alert">
      <p>
        <b>{isUnheard ? 'Nothing was heard of your decision.' : 'Your decision was not taken.'}</b>{' '}
        {isUnheard ? 'If this still waits for you once the connection is back, send it again.' : `${fault.message}.`}
      </p>
    </div>
  );
}
