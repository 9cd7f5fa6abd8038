import { Key } from '../../ui/Key.tsx';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import type { Account, AccountKind } from './account.ts';
import styles from './Sums.module.css';

const WORDS: Record<AccountKind, string> = {
  person: 'a person',
  pause: 'paused',
  model: 'models',
  judge: 'judges',
  lost: 'a lost process',
  retry: 'before retries',
  turn: 'its turn',
};

interface Props {
  /** Null: nothing is known of it yet. */
  account: Account | null;
  isOver: boolean;
  /** The event that comes next once the connection is back; null while there is one, or nothing comes. */
  goesOnFrom?: number | null;
  view: 'lane' | 'score';
  onView: (view: 'lane' | 'score') => void;
}

/** The account of the time: its parts, each with the shape that it has above, sum up to the whole. */
export function Sums({ account, isOver, goesOnFrom = null, view, onView }: Props) {
  const other = view === 'lane' ? 'score' : 'lane';
  return (
    <div className={styles.sums}>
      {account && <b>{isOver ? account.total : `${account.total} so far`}</b>}
      <ul aria-label="Where the time went">
        {account?.parts.map(({ kind, long, isMost }) => (
          <li key={kind} className={isMost ? undefined : styles.lesser}>
            <i className={classes(styles.shape, styles[kind])} />
            {WORDS[kind]} {long}
          </li>
        ))}
      </ul>
      {goesOnFrom !== null && <span>It goes on from event {goesOnFrom}</span>}
      <span className={styles.view}>
        <Key>T</Key>
        <WordButton onClick={() => onView(other)}>{other === 'score' ? 'A row a stage' : 'One lane'}</WordButton>
      </span>
    </div>
  );
}
