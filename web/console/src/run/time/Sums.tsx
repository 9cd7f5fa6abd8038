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
  account: Account;
  isOver: boolean;
  view: 'lane' | 'score';
  onView: (view: 'lane' | 'score') => void;
}

/** The account of the time: its parts, each with the shape that it has above, sum up to the whole. */
export function Sums({ account: { total, parts }, isOver, view, onView }: Props) {
  const other = view === 'lane' ? 'score' : 'lane';
  return (
    <div className={styles.sums}>
      <b>{isOver ? total : `${total} so far`}</b>
      <ul aria-label="Where the time went">
        {parts.map(({ kind, long, isMost }) => (
          <li key={kind} className={isMost ? undefined : styles.lesser}>
            <i className={classes(styles.shape, styles[kind])} />
            {WORDS[kind]} {long}
          </li>
        ))}
      </ul>
      <span className={styles.view}>
        <Key>T</Key>
        <WordButton onClick={() => onView(other)}>{other === 'score' ? 'A row a stage' : 'One lane'}</WordButton>
      </span>
    </div>
  );
}
