import { useQuery } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { useStatusChanges } from './live.ts';
import { PendingCountDocument } from './PendingCount.generated.ts';

/** How many answers wait for the person, as the bar shows it: null for none, `99+` for many. */
export function usePendingCount(): string | null {
  const { data, refetch } = useQuery(PendingCountDocument, { notifyOnNetworkStatusChange: false });
  const soon = useAtMostOnceASecond(refetch);
  useStatusChanges((change) => {
    if (change === null || change.status === 'PAUSED' || change.previousStatus === 'PAUSED') soon();
  });
  const waiting = data?.pendingValidations.countUpTo ?? 0;
  if (waiting === 0) return null;
  return waiting > 99 ? '99+' : String(waiting);
}

/** Many runs may stop for a person in one second, and each is counted by the same question. */
function useAtMostOnceASecond(act: () => void): () => void {
  const latest = useRef(act);
  latest.current = act;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const last = useRef(0);
  return () => {
    clearTimeout(timer.current);
    const wait = Math.max(0, last.current + 1000 - Date.now());
    timer.current = setTimeout(() => {
      last.current = Date.now();
      latest.current();
    }, wait);
  };
}
