import { useState } from 'react';

/** A state that belongs to one thing: for another it begins anew. */
export function useStateOf<Value>(thing: string, initial: Value): [Value, (value: Value) => void] {
  const [state, setState] = useState({ thing, value: initial });
  return [state.thing === thing ? state.value : initial, (value) => setState({ thing, value })];
}
