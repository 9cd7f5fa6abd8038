import type { Difference } from '../definition/differences.ts';
import { fieldText, fieldWord, isProse } from '../definition/words.ts';
import { Diff } from '../ui/Diff.tsx';
import styles from './Comparison.module.css';

/** One field of a stage that is not the same on both sides. */
export function FieldDifference({ difference: { field, before, after } }: { difference: Difference }) {
  const came = before === null ? 'put in' : after === null ? 'taken out' : null;
  return (
    <div className={styles.field}>
      <h5>
        {fieldWord(field)}
        {came && <span>{came}</span>}
      </h5>
      <Diff before={fieldText(before)} after={fieldText(after)} exact={!isProse(field)} />
    </div>
  );
}
