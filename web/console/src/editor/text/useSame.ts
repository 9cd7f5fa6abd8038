import { useRef } from 'react';
import { isSame } from '../../definition/shape.ts';

/** The value before, while the next one says the same. */
export function useSame<Value>(value: Value): Value {
  const last = useRef(value);
  if (last.current !== value && !isSame(last.current, value)) last.current = value;
  return last.current;
}
