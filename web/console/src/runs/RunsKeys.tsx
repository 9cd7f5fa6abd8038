import { classes } from '../ui/classes.ts';
import { Key } from '../ui/Key.tsx';
import styles from './RunsPage.module.css';

/** The keys that act on this page. */
export function RunsKeys({ className }: { className: string }) {
  return (
    <span className={classes(styles.keys, className)}>
      <span>
        <Key>J</Key> <Key>K</Key> next, before
      </span>
      <span>
        <Key>Enter</Key> open
      </span>
      <span>
        <Key>X</Key> choose to compare
      </span>
      <span>
        <Key>/</Key> search
      </span>
      <span>
        <Key>?</Key> all keys
      </span>
    </span>
  );
}
