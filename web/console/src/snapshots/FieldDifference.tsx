import type { Difference } from '../definition/differences.ts';
import { fieldText, fieldWord, isProse } from '../definition/words.ts';
import { Diff } from '../ui/Diff.tsx';
import { shown } from './compare.ts';
import styles from './Comparison.module.css';

/** One field of a stage that is not the same on both sides. */
export function FieldDifference({ difference: { field, before, after } }: { difference: Difference }) {
  return (
    <div className={styles.field}>
      <h5>{fieldWord(field)}</h5>
      <Diff before={fieldText(shown(field, before))} after={fieldText(shown(field, after))} exact={!isProse(field)} />
    </div>
  );
}
