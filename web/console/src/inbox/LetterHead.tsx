import { Link } from '@tanstack/react-router';
import { PageTitle } from '../ui/PageTitle.tsx';
import { waits } from './ago.ts';
import { fateInWords } from './LetterRow.tsx';
import styles from './LetterPage.module.css';
import { type Letter, since } from './letters.ts';
import { useMinute } from './useMinute.ts';

/** What is asked of the person, and what a decision does. */
export function LetterHead({
  title,
  ask,
  letter,
  place,
  isNarrow,
}: {
  title: string;
  ask: string | null;
  letter: Letter | null;
  place: { at: number | null; of: number };
  isNarrow: boolean;
}) {
  const now = useMinute();
  return (
    <header className={styles.head}>
      {isNarrow && (
        <p className={styles.crumb}>
          <Link to="/inbox">Inbox</Link>
          {letter && !letter.fate && (
            <span>
              {place.at !== null && `${place.at} of ${place.of}, `}
              {waits(since(letter.item), now)}
            </span>
          )}
        </p>
      )}
      <PageTitle dir="auto">{title}</PageTitle>
      <p className={styles.ask} role="status">
        {letter?.fate ? `${fateInWords(letter.fate)}.` : (ask ?? ' ')}
      </p>
    </header>
  );
}
