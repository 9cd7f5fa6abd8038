import { memo, useRef } from 'react';
import { classes } from '../../ui/classes.ts';
import { Json, MOST_MARKED } from '../../ui/Json.tsx';
import { type Chunks, growChunks, NO_CHUNKS } from './chunks.ts';
import styles from './LongText.module.css';

/**
 * A text of any length, letter for letter; what is out of sight is not laid out. While it grows only its end is drawn
 * again. `children` stand right after it.
 */
export function LongText({
  text,
  exact,
  className,
  children,
}: {
  text: string;
  exact?: boolean | undefined;
  className?: string | undefined;
  children?: React.ReactNode;
}) {
  const chunks = useChunks(text);
  const isMarked = exact === true && text.length <= MOST_MARKED;
  return (
    <div className={classes(exact ? styles.exact : styles.said, className)} data-text>
      {chunks.closed.map((chunk, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece stays at its place.
        <Chunk key={index} text={chunk} isMarked={isMarked} />
      ))}
      <Chunk text={chunks.open} isMarked={isMarked}>
        {children}
      </Chunk>
    </div>
  );
}

function useChunks(text: string): Chunks {
  const last = useRef(NO_CHUNKS);
  last.current = growChunks(last.current, text);
  return last.current;
}

/** Gaps between paragraphs are less high than a line. */
const Chunk = memo(function Chunk({
  text,
  isMarked,
  children,
}: {
  text: string;
  isMarked: boolean;
  children?: React.ReactNode;
}) {
  return (
    <div dir="auto" className={styles.chunk}>
      {text.split(/(\n{2,})/u).map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text.
        <span key={index} className={index % 2 === 1 ? styles.gap : styles.lines}>
          {isMarked ? <Json text={part} /> : part}
        </span>
      ))}
      {children}
    </div>
  );
});

/** Is it something that must be exact, as JSON is? */
export const looksExact = (text: string): boolean => /^\s*(?:[{[]|```)/u.test(text.slice(0, 200));
