import { useState } from 'react';
import { Field } from '../../ui/Field.tsx';
import { parseNumber } from './schema.ts';

export interface NumberControlProps {
  label: React.ReactNode;
  /** Undefined: not said. Null: said to be none. */
  value: number | null | undefined;
  whole: boolean;
  onChange: (value: number | null | undefined, typing?: string) => void;
  placeholder?: string | undefined;
  hint?: React.ReactNode;
  fault?: React.ReactNode;
}

/** A number; what is none yet stays written. */
export function NumberControl({ label, value, whole, onChange, placeholder, hint, fault }: NumberControlProps) {
  const [held, setHeld] = useState({ text: written(value), value });
  const isOutside = held.value !== value;
  const text = isOutside ? written(value) : held.text;
  if (isOutside) setHeld({ text, value });
  const parsed = parseNumber(text, whole);
  return (
    <Field
      label={label}
      inputMode={whole ? 'numeric' : 'decimal'}
      value={text}
      placeholder={placeholder}
      hint={hint}
      fault={'fault' in parsed ? parsed.fault : fault}
      onChange={({ target }) => {
        const next = parseNumber(target.value, whole);
        if ('fault' in next) return setHeld({ text: target.value, value });
        setHeld({ text: target.value, value: next.value });
        if (next.value !== value) onChange(next.value, 'number');
      }}
    />
  );
}

const written = (value: number | null | undefined): string => (value === null ? 'none' : String(value ?? ''));
