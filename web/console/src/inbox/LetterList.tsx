import type { Inbox } from '@footlight/client/react';
import { useEffect, useRef } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { Key } from '../ui/Key.tsx';
import { Mark } from '../ui/Mark.tsx';
import styles from './LetterList.module.css';
import { LetterRow } from './LetterRow.tsx';
import type { Letter } from './letters.ts';

/** What waits, oldest first, and what was decided meanwhile. */
export function LetterList({
  letters,
  inbox,
  current,
  isNarrow,
}: {
  letters: readonly Letter[];
  inbox: Inbox;
  current: string | undefined;
  /** It stands alone: a letter takes its place. */
  isNarrow: boolean;
}) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (!current) return;
    // By its id: the one before may still be marked.
    list.current?.querySelector(`[data-letter="${CSS.escape(current)}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  return (
    <nav aria-label="What waits" className={styles.side}>
      <p className={styles.head}>
        {inbox.count > 0 ? (
          <Mark name="you">
            {inbox.count === 1 ? '1 waits for you' : `${inbox.count >= 1000 ? '1,000+' : inbox.count} wait for you`}
          </Mark>
        ) : (
          <span>Nothing waits for you</span>
        )}
        {inbox.count > 1 && (
          <>
            <span>oldest first</span>
            <span className={styles.keys}>
              <Key>J</Key> <Key>K</Key>
            </span>
          </>
        )}
      </p>
      <ol ref={list} className={styles.letters}>
        {letters.map((letter) => (
          <LetterRow key={letter.item.id} letter={letter} isCurrent={letter.item.id === current} isNarrow={isNarrow} />
        ))}
      </ol>
      {inbox.hasMore && (
        <p className={styles.more}>
          <WordButton onClick={inbox.loadMore}>Show more</WordButton>
        </p>
      )}
    </nav>
  );
}
