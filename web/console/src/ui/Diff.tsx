import { type Change, diffLines, diffWordsWithSpace } from 'diff';
import { useEffect, useMemo, useRef, useState } from 'react';
import { WordButton } from './Button.tsx';
import { countWords } from './countWords.ts';
import styles from './Diff.module.css';
import { gather, type Part } from './gather.ts';
import { sharedEnds } from './sharedEnds.ts';

/** Beyond this many characters, or words put in and taken out, words are not compared one by one: a page must stay quick. */
const MOST = 200_000;
const MOST_EDITS = 2_000;

export interface TextDiff {
  parts: readonly Part[];
  wordsIn: number;
  wordsOut: number;
  /** False where too much differs: what one text has then stands whole beside what the other has. */
  isCompared: boolean;
}

/** What an editor would mark to make `after` of `before`. */
export function diffText(before: string, after: string): TextDiff {
  const { head, tail } = sharedEnds(before, after);
  const found = changes(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  const parts = gather([...same(before.slice(0, head)), ...found.parts, ...same(before.slice(before.length - tail))]);
  const wordsOf = (kind: Part['kind']) =>
    parts.reduce((sum, part) => (part.kind === kind ? sum + countWords(part.text) : sum), 0);
  return { parts, wordsIn: wordsOf('in'), wordsOut: wordsOf('out'), isCompared: found.isCompared };
}

const same = (text: string): Part[] => (text === '' ? [] : [{ text, kind: 'same' }]);

interface Found {
  parts: Part[];
  isCompared: boolean;
  /** How many words, and blanks between them, were put in and taken out. */
  edits: number;
}

function changes(before: string, after: string): Found {
  if (before.length + after.length <= MOST) return wordChanges(before, after, MOST_EDITS);
  // Of a longer text the lines that differ are found first, and their words then.
  const lines = diffLines(before, after, { maxEditLength: MOST_EDITS });
  if (!lines) return whole(before, after);
  const parts: Part[] = [];
  let isCompared = true;
  let left = MOST;
  let edits = 0;
  lines.forEach(({ value, added, removed }, at) => {
    const next = lines[at + 1];
    if (removed && next?.added) {
      left -= value.length + next.value.length;
      const found = left < 0 ? whole(value, next.value) : wordChanges(value, next.value, MOST_EDITS - edits);
      parts.push(...found.parts);
      isCompared &&= found.isCompared;
      edits += found.edits;
    } else if (!added || !lines[at - 1]?.removed) parts.push(partOf({ value, added, removed }));
  });
  return { parts, isCompared, edits };
}

function wordChanges(before: string, after: string, most: number): Found {
  if (before === '' || after === '') return { ...whole(before, after), isCompared: true, edits: 0 };
  const found = most > 0 ? diffWordsWithSpace(before, after, { maxEditLength: most }) : undefined;
  if (!found) return { ...whole(before, after), edits: most };
  const edits = found.reduce((sum, { added, removed, count }) => sum + (added || removed ? count : 0), 0);
  return { parts: found.map(partOf), isCompared: true, edits };
}

function whole(before: string, after: string): Found {
  const parts: Part[] = [
    { text: before, kind: 'out' },
    { text: after, kind: 'in' },
  ];
  return { parts: parts.filter(({ text }) => text !== ''), isCompared: false, edits: 0 };
}

const partOf = ({ value, added, removed }: Pick<Change, 'value' | 'added' | 'removed'>): Part => ({
  text: value,
  kind: added ? 'in' : removed ? 'out' : 'same',
});

export const NOT_COMPARED = 'So much differs that it is not compared word by word';

const counted = (count: number) => (count === 1 ? '1 word' : `${count.toLocaleString('en')} words`);

export function inWords({ wordsIn, wordsOut, isCompared }: TextDiff): string {
  if (!isCompared) return NOT_COMPARED;
  if (wordsIn === 0 && wordsOut === 0) return 'No word differs';
  const told = [wordsIn > 0 && `${counted(wordsIn)} put in`, wordsOut > 0 && `${counted(wordsOut)} taken out`];
  return told.filter(Boolean).join(', ');
}

const TAGS = { in: 'ins', out: 'del', same: 'span' } as const;

/** Two texts as one, marked as an editor marks a manuscript, with the count in words above it. */
export function Diff({ before, after, exact }: { before: string; after: string; exact?: boolean }) {
  const diff = useMemo(() => diffText(before, after), [before, after]);
  return (
    <div>
      <p className={styles.count}>{inWords(diff)}</p>
      <div className={exact ? styles.exact : styles.said} dir="auto">
        {diff.parts.map(({ text, kind }, index) => {
          const Tag = TAGS[kind];
          const key = `${index}${kind}`;
          return (
            <Tag key={key}>
              <PartText text={text} />
            </Tag>
          );
        })}
      </div>
    </div>
  );
}

/** A longer part shows its beginning and its end alone, until all of it is asked for: what changed is what is looked for. */
const LONG = 20_000;
const SHOWN = 1_000;

function PartText({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const whole = useRef<HTMLSpanElement>(null);
  // The button that had the focus is gone.
  useEffect(() => {
    if (isWhole) whole.current?.focus({ preventScroll: true });
  }, [isWhole]);
  if (text.length <= LONG) return text;
  if (isWhole) {
    return (
      <span ref={whole} tabIndex={-1}>
        {text}
      </span>
    );
  }
  const [begin, end] = [afterWord(text, SHOWN), afterWord(text, text.length - SHOWN)];
  return (
    <>
      {text.slice(0, begin)}
      <WordButton className={styles.between} onClick={() => setWhole(true)}>
        … {counted(countWords(text.slice(begin, end)))} between, show them …
      </WordButton>
      {text.slice(end)}
    </>
  );
}

/** Where the word ends that is there; of one that is too long the character. */
function afterWord(text: string, at: number): number {
  const blank = text.slice(at, at + SHOWN / 2).search(/\s/u);
  if (blank >= 0) return at + blank;
  return /[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at + 1 : at;
}
