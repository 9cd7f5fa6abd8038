import { classes } from '../../ui/classes.ts';
import { duration, ticking } from '../../ui/time.ts';
import type { Block } from './layout.ts';
import { placed, stopOf } from './stops.ts';
import styles from './Wait.module.css';

interface Props {
  block: Block;
  whole: number;
  isStop: boolean;
  onFold: (from: number) => void;
}

/** Narrower blocks have no room for words; their name has them. */
const ROOM_FOR_WORDS = 64;

/** A wait of the whole run: who is waited for and how long. A long one is a button that folds and unfolds it. */
export function Wait({ block, whole, isStop, onFold }: Props) {
  const { wait, place, width, isFolded, whom, name } = block;
  const { isLong } = wait;
  const long = wait.until - wait.from;
  const style = placed(whole, place, width);
  const isGap = (wait.kind === 'retry' || wait.kind === 'judge') && !isLong;
  if (!isLong) return <span className={isGap ? styles.gap : styles.wait} style={style} title={name} />;
  return (
    <button
      type="button"
      className={classes(styles.wait, styles.long, wait.isOpen && wait.kind === 'person' && styles.you)}
      style={style}
      aria-label={name}
      aria-expanded={!isFolded}
      title={name}
      tabIndex={isStop ? 0 : -1}
      data-stop={stopOf(block)}
      onClick={() => onFold(wait.from)}
    >
      {width >= ROOM_FOR_WORDS && (
        <>
          <span>{whom}</span> <span>{wait.isOpen ? ticking(long) : duration(long)}</span>
        </>
      )}
    </button>
  );
}
