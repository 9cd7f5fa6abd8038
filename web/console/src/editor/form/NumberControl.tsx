import { useState } from 'react';
import { Field } from '../../ui/Field.tsx';
import { parseNumber } from './schema.ts';

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
  const [held, setHeld] = useState({ text: written(value, unit), value });
  const isOutside = held.value !== value;
  const text = isOutside ? written(value, unit) : held.text;
  if (isOutside) setHeld({ text, value });
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
        if ('fault' in next) return setHeld({ text: target.value, value });
        setHeld({ text: target.value, value: next.value });
        if (next.value !== value) onChange(next.value, 'number');
      }}
    />
  );
}

function written(value: number | null | undefined, unit: string): string {
  if (value === null) return 'none';
  return value === undefined ? '' : `${value} ${unit}`.trim();
}
