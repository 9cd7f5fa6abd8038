import { useQuery } from '@apollo/client/react';
import { hasEnded, type RunState } from '@footlight/client';
import { useEffect, useRef, useState } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { useStatusChanges } from '../app/live.ts';
import { useWhenLookedAt } from '../app/useWhenLookedAt.ts';
import { RunNowDocument, type RunNowQuery } from './RunNow.generated.ts';

export type RunNow = NonNullable<RunNowQuery['execution']>;

/** In milliseconds. */
const AT_MOST_EVERY = 1000;
/** Its place among those that wait depends on runs of others, too, of which nobody says anything. */
const QUEUED = 10_000;
/** Its process may be lost, which has its lease to the end, and nobody is left to say so. */
const SILENT = 30_000;
/** What goes on at a time has gone on by then. */
const A_MOMENT = 1000;
/** No timer runs for more than some weeks. */
const LONG = 3_600_000;

/** After how long a run whose events are silent may wait for something else; null where only an event changes that. */
export function changesIn(status: RunState['status'], until: string | null, now: number): number | null {
  if (status === null || status === 'PAUSED' || hasEnded(status)) return null;
  const left = until === null ? 0 : Date.parse(until) - now;
  if (left > 0) return Math.min(left + A_MOMENT, LONG);
  return status === 'PENDING' ? QUEUED : SILENT;
}

/** What no event says: what the run waits for, what it has brought. Asked again as its events come, and when time changes it. */
export function useRunNow({ id, status, lastSeq }: RunState): RunNow | null {
  const isLive = status !== null && !hasEnded(status);
  const variables = { id };
  const { data, previousData, refetch } = useQuery(RunNowDocument, {
    variables,
    fetchPolicy: usePolicy(RunNowDocument, variables),
    notifyOnNetworkStatusChange: false,
  });
  const now = (data ?? previousData)?.execution ?? null;
  const asked = useRef(0);
  const ask = async () => {
    asked.current = Date.now();
    // A lost connection is told elsewhere, and what is shown stays.
    await refetch().catch(() => {});
  };
  const latest = useRef(ask);
  latest.current = ask;

  // Whoever waits for a turn comes nearer as others end.
  const [others, setOthers] = useState(0);
  useStatusChanges((change) => {
    if (change === null || (status === 'PENDING' && change.executionId !== id)) setOthers((count) => count + 1);
  });
  useEffect(() => {
    if (!isLive || lastSeq + others === 0) return;
    const wait = Math.max(0, asked.current + AT_MOST_EVERY - Date.now());
    const timer = setTimeout(() => latest.current(), wait);
    return () => clearTimeout(timer);
  }, [isLive, lastSeq, others]);

  // It ended while nobody asked: as on another page, or between the look ahead of this one and its opening.
  const isBehind = now !== null && status !== null && hasEnded(status) && now.diagnosis.waitingFor !== 'NOTHING';
  useEffect(() => {
    if (!isBehind) return;
    latest.current();
    // What was under way already may bring the time before.
    const timer = setTimeout(() => latest.current(), AT_MOST_EVERY);
    return () => clearTimeout(timer);
  }, [isBehind]);

  const until = now?.diagnosis.until ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: silence begins with each event.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const wait = () => {
      const left = isOver ? null : changesIn(status, until, Date.now());
      if (left !== null) timer = setTimeout(look, left);
    };
    const look = async () => {
      if (!document.hidden) await latest.current();
      wait();
    };
    wait();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [status, until, lastSeq]);
  useWhenLookedAt(async () => changesIn(status, until, Date.now()) !== null && latest.current());

  return now;
}
