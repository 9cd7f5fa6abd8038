import { useSyncExternalStore } from 'react';

/** A short word after something was done, with a way back where there is one. It goes by itself. */
export interface Toast {
  id: number;
  text: string;
  action?: { title: string; run: () => void };
}

let shown: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function show(next: readonly Toast[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** Says it for six seconds. */
export function toast(text: string, action?: Toast['action']): void {
  last += 1;
  const id = last;
  show([...shown.slice(-2), { id, text, ...(action ? { action } : {}) }]);
  setTimeout(() => dismiss(id), 6000);
}

export const dismiss = (id: number): void => show(shown.filter((one) => one.id !== id));

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useToasts = (): readonly Toast[] => useSyncExternalStore(subscribe, () => shown);
