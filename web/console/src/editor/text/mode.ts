import { useSyncExternalStore } from 'react';

/** Texts as they are read, or exact with line numbers, which is better for prompts that are mostly JSON. */
export type TextMode = 'said' | 'exact';

const KEY = 'footlight.texts';
const listeners = new Set<() => void>();

const remembered = (): TextMode => (localStorage.getItem(KEY) === 'exact' ? 'exact' : 'said');

export function rememberMode(mode: TextMode): void {
  localStorage.setItem(KEY, mode);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useTextMode = (): TextMode => useSyncExternalStore(subscribe, remembered);
