import { useSyncExternalStore } from 'react';

/** Does it hold of this window? */
export function useMedia(query: string): boolean {
  const media = window.matchMedia(query);
  const subscribe = (listener: () => void) => {
    media.addEventListener('change', listener);
    return () => media.removeEventListener('change', listener);
  };
  return useSyncExternalStore(subscribe, () => media.matches);
}
