import { useQuery } from '@apollo/client/react';
import { hasEnded, type RunState } from '@footlight/client';
import { useEffect, useRef } from 'react';
import { RunNowDocument, type RunNowQuery } from './RunNow.generated.ts';

export type RunNow = NonNullable<RunNowQuery['execution']>;

/** In milliseconds. */
const AT_MOST_EVERY = 1000;
const AT_LEAST_EVERY = 10_000;

/** What no event says: what the run waits for, what it has brought. Asked again as its events come, and now and then. */
export function useRunNow({ id, status, lastSeq }: RunState): RunNow | null {
  const isLive = status !== null && !hasEnded(status);
  const { data, previousData, refetch } = useQuery(RunNowDocument, {
    variables: { id },
    notifyOnNetworkStatusChange: false,
    pollInterval: isLive ? AT_LEAST_EVERY : 0,
    skipPollAttempt: () => document.hidden,
  });
  const asked = useRef(0);
  useEffect(() => {
    if (!isLive || lastSeq === 0) return;
    const wait = Math.max(0, asked.current + AT_MOST_EVERY - Date.now());
    const timer = setTimeout(() => {
      asked.current = Date.now();
      // A lost connection is told elsewhere, and what is shown stays.
      refetch().catch(() => {});
    }, wait);
    return () => clearTimeout(timer);
  }, [isLive, lastSeq, refetch]);
  return (data ?? previousData)?.execution ?? null;
}
