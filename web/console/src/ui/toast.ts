import { useSyncExternalStore } from 'react';

/** A short word after something was done, with a way back where there is one. It goes by itself, or with its page. */
export interface Toast {
  id: number;
  /** The path of the page that it was said on. */
  page: string;
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

/** Says it for six seconds, on the page as the address has it: what is to be read on the next is said after going there. */
export function toast(text: string, action?: Toast['action']): void {
  last += 1;
  const id = last;
  const page = window.location.pathname;
  show([...shown.slice(-2), { id, page, text, ...(action ? { action } : {}) }]);
  setTimeout(() => dismiss(id), 6000);
}

export const dismiss = (id: number): void => show(shown.filter((one) => one.id !== id));

/** Another page is shown: what was said of the one before goes. */
export const dismissOthers = (page: string): void => show(shown.filter((one) => one.page === page));

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const shownToasts = (): readonly Toast[] => shown;

export const useToasts = (): readonly Toast[] => useSyncExternalStore(subscribe, shownToasts);
