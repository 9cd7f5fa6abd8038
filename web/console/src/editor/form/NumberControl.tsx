import { Field } from '../../ui/Field.tsx';
import { parseNumber } from './schema.ts';
import { useHeld } from './useHeld.ts';

export interface NumberControlProps {
  label: React.ReactNode;
  /** Undefined: not said. Null: said to be none. */
  value: number | null | undefined;
  whole: boolean;
  /** What it counts, written after it: `s`. */
  unit?: string;
  onChange: (value: number | null | undefined, typing?: string) => void;
  placeholder?: string | undefined;
  hint?: React.ReactNode;
  fault?: React.ReactNode;
}

/** A number; what is none yet stays written. */
export function NumberControl({
  label,
  value,
  whole,
  unit = '',
  onChange,
  placeholder,
  hint,
  fault,
}: NumberControlProps) {
  const [text, hold] = useHeld(value, () => written(value, unit));
  const parsed = parseNumber(text, whole, unit);
  return (
    <Field
      label={label}
      inputMode={whole ? 'numeric' : 'decimal'}
      value={text}
      placeholder={placeholder}
      hint={hint}
      fault={'fault' in parsed ? parsed.fault : fault}
      onChange={({ target }) => {
        const next = parseNumber(target.value, whole, unit);
        if ('fault' in next) return hold(target.value, value);
        hold(target.value, next.value);
        if (next.value !== value) onChange(next.value, 'number');
      }}
    />
  );
}

function written(value: number | null | undefined, unit: string): string {
  if (value === null) return 'none';
  return value === undefined ? '' : `${value} ${unit}`.trim();
}
