import { useSyncExternalStore } from 'react';

/** Something that is open or not, which anything on the page may turn. */
export interface Switch {
  open(): void;
  close(): void;
  useIsOpen(): boolean;
}

export function makeSwitch(): Switch {
  let isOpen = false;
  const listeners = new Set<() => void>();
  const set = (next: boolean) => {
    isOpen = next;
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    open: () => set(true),
    close: () => set(false),
    useIsOpen: () => useSyncExternalStore(subscribe, () => isOpen),
  };
}
