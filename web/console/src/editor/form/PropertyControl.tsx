import { WordButton } from '../../ui/Button.tsx';
import { mayBeRounded } from '../../exact/digits.ts';
import type { ExactNumber } from '../../exact/exact.ts';
import { Choice, Field } from '../../ui/Field.tsx';
import { AnyControl } from './AnyControl.tsx';
import { JsonControl } from './JsonControl.tsx';
import { NumberControl } from './NumberControl.tsx';
import { parseExactNumber, type Property, rangeInWords, shows } from './schema.ts';
import { TextsControl } from './TextsControl.tsx';

export interface PropertyControlProps {
  property: Property;
  /** Undefined: not said. */
  value: unknown;
  /** What it is where it is not said; undefined: nobody knows. */
  otherwise?: unknown;
  onChange: (value: unknown, typing?: string) => void;
  fault?: React.ReactNode;
  /** Whether to say what it does. */
  explained?: boolean;
}

/** The control of one property of a JSON Schema. */
export function PropertyControl({ property, value, otherwise, onChange, fault, explained }: PropertyControlProps) {
  const { control, label } = property;
  const hint = explained ? (property.says ?? undefined) : undefined;
  if (!shows(control, value)) {
    return <JsonControl label={`${label}, as JSON`} value={value} onChange={onChange} fault={fault} hint={hint} />;
  }
  // Rather nothing than another number than the model has.
  const unsaid = otherwise === undefined || mayBeRounded(otherwise) ? undefined : asText(otherwise);
  switch (control.kind) {
    case 'number': {
      const range = explained ? rangeInWords(control) : null;
      return (
        <NumberControl
          label={label}
          value={value as number | ExactNumber | null | undefined}
          parse={(text) => parseExactNumber(text, control.whole)}
          whole={control.whole}
          placeholder={unsaid}
          onChange={onChange}
          fault={fault}
          hint={
            range && !hint?.includes(`${control.from} to ${control.to}`)
              ? [hint, `${range}.`].filter(Boolean).join(' ')
              : hint
          }
        />
      );
    }
    case 'flag':
    case 'choice': {
      const options = control.kind === 'flag' ? ['true', 'false'] : control.options;
      return (
        <Choice
          label={label}
          value={value === undefined ? '' : String(value)}
          fault={fault}
          hint={hint}
          onChange={({ target }) => onChange(chosen(target.value, control.kind === 'flag'))}
        >
          <option value="">{unsaid === undefined ? 'as the model has it' : `as the model has it: ${unsaid}`}</option>
          {options.map((option) => (
            <option key={option} value={option}>
              {control.kind === 'flag' ? yesNo(option) : option}
            </option>
          ))}
          <option value="null">none, whatever the model has</option>
          {control.kind === 'choice' && control.open && <option value="{}">another, as JSON</option>}
        </Choice>
      );
    }
    case 'text':
      return (
        <Field
          label={label}
          value={typeof value === 'string' ? value : ''}
          placeholder={value === null ? 'none' : unsaid}
          dir="auto"
          fault={fault}
          hint={hint}
          onChange={({ target }) => onChange(target.value || (property.required ? '' : undefined), 'text')}
        />
      );
    case 'texts':
      return (
        <TextsControl
          label={label}
          value={value}
          placeholder={value === null ? 'none' : unsaid}
          onChange={onChange}
          hint={hint}
        />
      );
    case 'any':
      return <AnyControl label={label} value={value} onChange={onChange} fault={fault} />;
    case 'json':
      return <JsonControl label={label} value={value} onChange={onChange} fault={fault} hint={hint} />;
  }
}

/** Says none where the model has something by default, for the kinds in which that cannot be typed or chosen. */
export function NoneButton({ property, value, otherwise, onChange }: PropertyControlProps) {
  const { kind } = property.control;
  if (kind !== 'text' && kind !== 'texts') return null;
  if (value === null) return <WordButton onClick={() => onChange(undefined)}>Take the model’s</WordButton>;
  if (value !== undefined || otherwise === undefined) return null;
  return <WordButton onClick={() => onChange(null)}>Take none</WordButton>;
}

const yesNo = (word: string) => (word === 'true' ? 'yes' : 'no');

const asText = (value: unknown): string => {
  if (typeof value === 'boolean') return yesNo(String(value));
  return typeof value === 'string' ? value : JSON.stringify(value);
};

function chosen(word: string, flag: boolean): unknown {
  if (word === '') return undefined;
  if (word === 'null') return null;
  if (word === '{}') return { type: '' };
  return flag ? word === 'true' : word;
}
