import { useSyncExternalStore } from 'react';

/** Windows of phones, which have no keys to tell of. */
export const PHONE = '(max-width: 640px)';

/** Does it hold of this window? */
export function useMedia(query: string): boolean {
  const media = window.matchMedia(query);
  const subscribe = (listener: () => void) => {
    media.addEventListener('change', listener);
    return () => media.removeEventListener('change', listener);
  };
  return useSyncExternalStore(subscribe, () => media.matches);
}
