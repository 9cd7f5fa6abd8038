import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Choice, Field } from '../../ui/Field.tsx';
import { Flaws } from './Flaws.tsx';
import grid from './Grid.module.css';
import { JsonControl } from './JsonControl.tsx';
import { freeName, twinFault } from './named.ts';
import { type OutputRow, readOutputs, schemaOf, TYPES, typeWord, writeOutputs } from './outputs.ts';
import { Part } from './Part.tsx';
import { problemsLeft, problemsOf } from './places.ts';
import { readersInWords, readersOf } from './provenance.ts';
import { useRows } from './rows.ts';
import { useStageForm } from './stageForm.ts';

const FIELD = 'outputVariables';
/** "Nobody yet" says it already. */
const SAID = 'UNUSED_OUTPUT';
const read = (value: unknown) => readOutputs(value) ?? [];

/** What the answer has to be: plain text, or a JSON object with these keys. */
export function Outputs() {
  const { stage, problems, set } = useStageForm();
  const value = stage.fields.outputVariables;
  const isText = value === null;
  const rows = readOutputs(value);
  const onChange = (changed: unknown, typing?: string) => set(FIELD, changed, typing);
  return (
    <Part
      title="Outputs"
      aside={isText ? 'plain text' : 'a JSON object, with these keys'}
      field={FIELD}
      json={{ value, onChange, readable: isText || rows !== null }}
      problems={problemsLeft(problems, FIELD, { shown: rows?.map(({ name }) => `${FIELD}.${name}`) ?? [] })}
    >
      <OutputRows value={value} onChange={onChange} />
    </Part>
  );
}

function OutputRows({ value, onChange }: { value: unknown; onChange: (value: unknown, typing?: string) => void }) {
  const { stage, draft, problems } = useStageForm();
  const { rows, set, add, remove } = useRows<OutputRow>({ value, read, write: writeOutputs, onChange });
  const names = rows.map((row) => row.value.name);
  const addKey = () => add({ name: freeName('key', new Set(names)), value: 'string' });
  return (
    <div className={classes(grid.grid, grid.outputs)}>
      {rows.length > 0 && (
        <div className={grid.head} aria-hidden="true">
          <span>Key</span>
          <span>Read by</span>
          <span>Kind</span>
        </div>
      )}
      {rows.map(({ id, value: row }, index) => (
        <div key={id} className={grid.row} data-field={`${FIELD}.${row.name}`}>
          <Field
            label="Key"
            hiddenLabel
            className={grid.exact}
            value={row.name}
            spellCheck={false}
            fault={twinFault(names, index)}
            onChange={({ target }) => set(id, { ...row, name: target.value }, 'name')}
          />
          <span className={grid.told}>{readersInWords(readersOf(draft, stage, row.name))}</span>
          <Kind
            name={row.name}
            type={row.value}
            onChange={(type, typing) => set(id, { ...row, value: type }, typing)}
          />
          <WordButton aria-label={`Remove ${row.name}`} onClick={() => remove(id)}>
            Remove
          </WordButton>
          {typeWord(row.value) === null && (
            <div className={grid.whole}>
              <JsonControl
                label={`The JSON Schema of ${row.name}`}
                value={row.value}
                onChange={(schema, typing) => set(id, { ...row, value: schema }, typing)}
              />
            </div>
          )}
          <div className={grid.whole}>
            <Flaws problems={problemsOf(problems, `${FIELD}.${row.name}`).filter(({ code }) => code !== SAID)} />
          </div>
        </div>
      ))}
      <div className={grid.after}>
        <WordButton onClick={addKey}>{rows.length === 0 ? 'Ask for a JSON object' : 'Add a key'}</WordButton>
        {rows.length > 0 && <WordButton onClick={() => onChange(null)}>Take plain text</WordButton>}
      </div>
    </div>
  );
}

function Kind({
  name,
  type,
  onChange,
}: {
  name: string;
  type: unknown;
  onChange: (type: unknown, typing?: string) => void;
}) {
  const word = typeWord(type);
  const isKnown = word === null || (TYPES as readonly string[]).includes(word);
  return (
    <Choice
      label={`Kind of ${name}`}
      hiddenLabel
      value={word ?? '{}'}
      onChange={({ target }) => onChange(target.value === '{}' ? schemaOf(type) : target.value)}
    >
      {TYPES.map((one) => (
        <option key={one}>{one}</option>
      ))}
      {!isKnown && <option value={word}>{word}, which is no kind</option>}
      <option value="{}">by a JSON Schema</option>
    </Choice>
  );
}
