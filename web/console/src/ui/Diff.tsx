import { diffWordsWithSpace } from 'diff';
import { useMemo } from 'react';
import styles from './Diff.module.css';

/** Beyond this many characters words are not compared one by one any more: a page must stay quick. */
const MOST = 200_000;

export interface TextDiff {
  parts: readonly { text: string; kind: 'same' | 'in' | 'out' }[];
  wordsIn: number;
  wordsOut: number;
}

const words = (text: string) => text.split(/\s+/u).filter(Boolean).length;

/** What an editor would mark to make `after` of `before`. */
export function diffText(before: string, after: string): TextDiff {
  const changes =
    before.length + after.length > MOST
      ? [
          { value: before, removed: true },
          { value: after, added: true },
        ]
      : diffWordsWithSpace(before, after);
  let wordsIn = 0;
  let wordsOut = 0;
  const parts = changes.map(({ value, added, removed }: { value: string; added?: boolean; removed?: boolean }) => {
    if (added) wordsIn += words(value);
    if (removed) wordsOut += words(value);
    return { text: value, kind: added ? ('in' as const) : removed ? ('out' as const) : ('same' as const) };
  });
  return { parts, wordsIn, wordsOut };
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
