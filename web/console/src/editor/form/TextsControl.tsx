import { WordButton } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { fromOneLine, inOneLine } from './escapes.ts';
import grid from './Grid.module.css';
import { useRows } from './rows.ts';

const read = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((text) => typeof text === 'string').map(inOneLine) : [];
const write = (lines: readonly string[]) => (lines.length === 0 ? undefined : lines.map(fromOneLine));

/** A list of texts, each in one line. */
export function TextsControl({
  label,
  value,
  onChange,
  hint,
  placeholder,
}: {
  label: string;
  value: unknown;
  onChange: (value: unknown, typing?: string) => void;
  hint?: React.ReactNode;
  placeholder?: string | undefined;
}) {
  const { rows, set, add, remove } = useRows({ value, read, write, onChange });
  return (
    <fieldset className={`${grid.grid} ${grid.texts}`}>
      <legend className="faint">{label}</legend>
      {rows.map(({ id, value: line }, index) => (
        <div key={id} className={grid.row}>
          <Field
            label={`${label}, ${index + 1}`}
            hiddenLabel
            className={grid.exact}
            value={line}
            dir="auto"
            onChange={({ target }) => set(id, target.value, 'text')}
          />
          <WordButton aria-label={`Remove ${line || `text ${index + 1}`}`} onClick={() => remove(id)}>
            Remove
          </WordButton>
        </div>
      ))}
      {rows.length === 0 && placeholder && <p className="faint">{placeholder}</p>}
      <div className={grid.after}>
        <WordButton onClick={() => add('')}>Add a text</WordButton>
        <span className="faint">{rows.length > 0 ? '\\n is a line break' : hint}</span>
      </div>
    </fieldset>
  );
}
