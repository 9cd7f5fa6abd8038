import { fieldText, fieldWord, isProse } from '../../definition/words.ts';
import { classes } from '../../ui/classes.ts';
import { Diff } from '../../ui/Diff.tsx';
import styles from './ConflictDialog.module.css';
import type { ModelName } from './input.ts';
import type { Clash, Side } from './merge.ts';

/** The three sides of a field, side by side, of which one is chosen. */
export function ClashSides({
  clash,
  models,
  chosen,
  onChoose,
}: {
  clash: Clash;
  models: readonly ModelName[];
  chosen: Side | null;
  onChoose: (side: Side) => void;
}) {
  const { id, stage, field } = clash;
  const told = (value: unknown) => textOf(field, value, models);
  const [before, theirs, mine] = [told(clash.before), told(clash.theirs), told(clash.mine)];
  const where = stage ? `Stage ${stage.order}${stage.name ? ` (${stage.name})` : ''}` : 'The workflow';
  const side = (name: Side, title: string, text: string) => (
    <div className={styles.side}>
      <label>
        <input type="radio" name={id} checked={chosen === name} onChange={() => onChoose(name)} />
        {title}
      </label>
      <div className={styles.text}>
        <Diff before={before} after={text} exact={!isProse(field)} />
      </div>
    </div>
  );
  return (
    <fieldset className={styles.clash}>
      <legend>
        {where}: {field === 'order' ? 'the order of the stages' : fieldWord(field === 'modelId' ? 'model' : field)}
      </legend>
      <div className={styles.sides}>
        <div className={styles.side}>
          <h4>As it was when you began</h4>
          <div className={styles.text}>
            <p className={styles.aside}>before either of you</p>
            <p className={classes(styles.was, isProse(field) ? 'said' : 'exact')} dir="auto">
              {before}
            </p>
          </div>
        </div>
        {side('theirs', 'Theirs now', theirs)}
        {side('mine', 'Yours', mine)}
      </div>
    </fieldset>
  );
}

function textOf(field: string, value: unknown, models: readonly ModelName[]): string {
  if (field === 'modelId') return models.find(({ id }) => id === value)?.name ?? fieldText(value);
  if (field === 'stage' && value === null) return 'Taken out';
  return fieldText(value, field);
}
