import { useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Text } from '../ui/Field.tsx';
import { Tabs } from '../ui/Tabs.tsx';
import { asFields, type Form, inputsText, toText, withField, withoutField, withText, wholeOf } from './form.ts';
import { Input } from './Input.tsx';
import styles from './Inputs.module.css';
import type { InputField } from './inputs.ts';

/** The inputs as fields, or as one JSON object. */
export function Inputs({
  form,
  names,
  faults,
  change,
}: {
  form: Form;
  names: readonly string[];
  faults: ReadonlyMap<string | null, string>;
  change: (next: (form: Form) => Form) => void;
}) {
  const [pasted, setPasted] = useState<readonly InputField[] | null>(null);
  const written = form.text === null ? null : inputsText(form, names);
  const fault = written && 'faults' in written ? written.faults.get(null) : null;
  const show = (as: 'fields' | 'json') => {
    if (as === 'json' && form.text === null) change(toText);
    // What is no JSON cannot stand in fields: it stays where it is, and says why.
    if (as === 'fields' && !fault) change(({ fields }) => asFields(fields));
  };
  return (
    <>
      <div className={styles.ways}>
        <Tabs
          label="How the inputs are written"
          tabs={[
            { name: 'fields', title: 'Field by field' },
            { name: 'json', title: 'As JSON' },
          ]}
          chosen={form.text === null ? 'fields' : 'json'}
          onChoose={show}
        />
      </div>
      {pasted && form.text === null && (
        <p className={styles.pasted} role="alert">
          What you pasted is a whole JSON object.{' '}
          <WordButton
            onClick={() => {
              change(() => asFields(pasted));
              setPasted(null);
            }}
          >
            Fill all fields with it
          </WordButton>{' '}
          <WordButton onClick={() => setPasted(null)}>Leave it</WordButton>
        </p>
      )}
      {form.text !== null && (
        <Text
          label="All inputs, as one JSON object"
          className={classes(styles.json, styles.all)}
          fault={fault ?? faultsOfText(faults)}
          spellCheck={false}
          dir="auto"
          value={form.text}
          onChange={(event) => change((now) => withText(now, event.target.value, names))}
        />
      )}
      {form.text === null && form.fields.length === 0 && (
        <p className={styles.nothing}>It asks for nothing. What it should get all the same can be written as JSON.</p>
      )}
      {form.text === null && (
        <ul className={styles.fields}>
          {form.fields.map((field) => (
            <Input
              key={field.name}
              field={field}
              isAsked={names.includes(field.name)}
              fault={faults.get(field.name)}
              onChange={(next) => {
                setPasted(null);
                change((now) => withField(now, field.name, next));
              }}
              onPaste={(text) => setPasted(wholeOf(text, names))}
              onLeaveOut={() => change((now) => withoutField(now, field.name))}
            />
          ))}
        </ul>
      )}
    </>
  );
}

const faultsOfText = (faults: ReadonlyMap<string | null, string>): string =>
  [...faults].flatMap(([name, fault]) => (name === null ? [] : [fault])).join('; ');
