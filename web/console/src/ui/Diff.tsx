import { diffWordsWithSpace } from 'diff';
import { useMemo } from 'react';
import styles from './Diff.module.css';
import { gather, type Part } from './gather.ts';

/** Beyond this many characters, or milliseconds, words are not compared one by one: a page must stay quick. */
const MOST = 200_000;
const LONGEST = 250;

export interface TextDiff {
  parts: readonly Part[];
  wordsIn: number;
  wordsOut: number;
}

const words = (text: string) => text.split(/\s+/u).filter(Boolean).length;

/** What an editor would mark to make `after` of `before`. */
export function diffText(before: string, after: string): TextDiff {
  const parts = gather(changes(before, after));
  const wordsOf = (kind: Part['kind']) =>
    parts.reduce((sum, part) => (part.kind === kind ? sum + words(part.text) : sum), 0);
  return { parts, wordsIn: wordsOf('in'), wordsOut: wordsOf('out') };
}

function changes(before: string, after: string): Part[] {
  const isLong = before.length + after.length > MOST;
  const found = isLong ? undefined : diffWordsWithSpace(before, after, { timeout: LONGEST });
  if (!found) {
    return [
      { text: before, kind: 'out' },
      { text: after, kind: 'in' },
    ];
  }
  return found.map(({ value, added, removed }) => ({ text: value, kind: added ? 'in' : removed ? 'out' : 'same' }));
}

const counted = (count: number) => (count === 1 ? '1 word' : `${count.toLocaleString('en')} words`);

export function inWords({ wordsIn, wordsOut }: TextDiff): string {
  if (wordsIn === 0 && wordsOut === 0) return 'No word differs';
  const told = [wordsIn > 0 && `${counted(wordsIn)} put in`, wordsOut > 0 && `${counted(wordsOut)} taken out`];
  return told.filter(Boolean).join(', ');
}

/** Two texts as one, marked as an editor marks a manuscript, with the count in words above it. */
export function Diff({ before, after, exact }: { before: string; after: string; exact?: boolean }) {
  const diff = useMemo(() => diffText(before, after), [before, after]);
  return (
    <div>
      <p className={styles.count}>{inWords(diff)}</p>
      <div className={exact ? styles.exact : styles.said} dir="auto">
        {diff.parts.map(({ text, kind }, index) => {
          const key = `${index}${kind}`;
          if (kind === 'in') return <ins key={key}>{text}</ins>;
          if (kind === 'out') return <del key={key}>{text}</del>;
          return <span key={key}>{text}</span>;
        })}
      </div>
    </div>
  );
}
