import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Attempted } from './lamps.ts';
import { attemptedOf, type RowAttempts, type ShownRun } from './rowAttempts.ts';

const subscribeToNothing = () => () => {};

/** What a row knows of the attempts of its run, which it has read once it is in view; null where it is not to know. */
export function useAttempted(id: string, run: ShownRun | null, attempts: RowAttempts | null): Attempted | null {
  useEffect(() => {
    if (run) attempts?.show(run);
  }, [run, attempts]);
  useEffect(() => () => attempts?.hide(id), [id, attempts]);
  const current = useCallback(() => attempts?.of(id) ?? null, [id, attempts]);
  const read = useSyncExternalStore(attempts?.subscribe ?? subscribeToNothing, current);
  return run && attemptedOf(read, run);
}
