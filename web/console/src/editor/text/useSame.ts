import { useRef } from 'react';
import { isSame } from '../../definition/shape.ts';

/** The value before, while the next one says the same. */
export function useSame<Value>(value: Value): Value {
  const last = useRef(value);
  if (last.current !== value && !isSame(last.current, value)) last.current = value;
  return last.current;
}

/** The list before, while the next one has the very same items. */
export function useSameItems<Item>(list: readonly Item[]): readonly Item[] {
  const last = useRef(list);
  const isSameList = last.current.length === list.length && list.every((item, index) => item === last.current[index]);
  if (!isSameList) last.current = list;
  return last.current;
}
