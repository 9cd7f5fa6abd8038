import { hasEnded, type RunState } from '@footlight/client';
import { useRef } from 'react';

/**
 * Has the run been read as far as it is known to have come? Of one that is over all events are read first: what it was
 * half way is not what it is. One that ends under somebody's eyes stays as it is seen.
 */
export function useIsRead(run: RunState, status: RunState['status']): boolean {
  const isRead = useRef(false);
  if (run.status !== null && (hasEnded(run.status) || !hasEnded(status))) isRead.current = true;
  return isRead.current;
}
