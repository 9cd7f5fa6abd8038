import { Field } from '../../ui/Field.tsx';
import { isExactNumber } from '../../exact/exact.ts';
import { sameJson } from './json.ts';
import type { ParsedNumber } from './schema.ts';
import { useUnfinished } from './unfinished.ts';
import { useHeld } from './useHeld.ts';

export interface NumberControlProps<Value> {
  label: string;
  /** Undefined: not said. Null: said to be none. */
  value: Value | null | undefined;
  parse: (text: string) => ParsedNumber<Value>;
  whole?: boolean;
  /** It cannot be left empty, or be none. */
  required?: boolean;
  /** What it counts, written after it: `s`. */
  unit?: string;
  onChange: (value: Value | null | undefined, typing?: string) => void;
  placeholder?: string | undefined;
  hint?: React.ReactNode;
  fault?: React.ReactNode;
}

/** A number; what is none yet stays written, with the reason. */
export function NumberControl<Value>({
  label,
  value,
  parse: read,
  whole = false,
  required = false,
  unit = '',
  onChange,
  placeholder,
  hint,
  fault,
}: NumberControlProps<Value>) {
  const { left, leave, forget } = useUnfinished(label);
  const [held, hold] = useHeld(value, () => written(value, unit));
  const text = left ?? held;
  const parse = (said: string) => {
    const parsed = read(said);
    return required && 'value' in parsed && parsed.value == null ? { fault: 'A number has to stand here' } : parsed;
  };
  const parsed = parse(text);
  return (
    <Field
      label={label}
      inputMode={whole ? 'numeric' : 'decimal'}
      value={text}
      placeholder={placeholder}
      hint={hint}
      fault={'fault' in parsed ? parsed.fault : fault}
      onChange={({ target }) => {
        const next = parse(target.value);
        if ('fault' in next) return leave({ text: target.value, why: next.fault }, target, 'number');
        hold(target.value, next.value);
        if (!sameJson(next.value, value)) onChange(next.value, 'number');
        forget();
      }}
    />
  );
}

function written(value: unknown, unit: string): string {
  if (value === null) return 'none';
  return value === undefined ? '' : `${isExactNumber(value) ? value.rawJSON : value} ${unit}`.trim();
}
