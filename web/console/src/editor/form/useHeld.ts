import { useState } from 'react';
import { sameJson } from './json.ts';

interface Held<Shown> {
  shown: Shown;
  /** The value that it comes to. */
  comesTo: unknown;
  /** The value that was there when it was written. */
  seen: unknown;
}

/**
 * What a control shows of a value while somebody writes in it: half a name, or a text that is no JSON yet. It is made
 * anew only when the value becomes another than it comes to, as by an undo.
 */
export function useHeld<Shown>(
  value: unknown,
  show: (value: unknown) => Shown,
): [shown: Shown, hold: (shown: Shown, comesTo: unknown) => void] {
  const [held, setHeld] = useState<Held<Shown>>(() => ({ shown: show(value), comesTo: value, seen: value }));
  let { shown } = held;
  if (!sameJson(value, held.seen)) {
    if (!sameJson(value, held.comesTo)) shown = show(value);
    setHeld({ shown, comesTo: value, seen: value });
  }
  return [shown, (next, comesTo) => setHeld({ shown: next, comesTo, seen: value })];
}
