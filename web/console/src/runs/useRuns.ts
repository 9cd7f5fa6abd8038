import { useApolloClient } from '@apollo/client/react';
import { type FootlightError, footlightErrors } from '@footlight/client';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useStatusChanges } from '../app/live.ts';
import type { RunsVariables } from './filter.ts';
import { makeRowAttempts, type RowAttempts } from './rowAttempts.ts';
import { runsList } from './runsList.ts';
import { useThrottled } from './useThrottled.ts';

export interface Runs {
  /** Their ids, the newest first, as far as they were asked for; null while the first are on their way. */
  runs: readonly string[] | null;
  attempts: RowAttempts;
  /** These are still those of the filter before. */
  isBefore: boolean;
  hasMore: boolean;
  error: FootlightError | null;
  fresh: number;
  showFresh(): void;
  loadMore(): void;
  retry(): void;
}

const EVERY = 700;

/** The list of runs, live: what is new comes in while its top is in view, and is counted otherwise. */
export function useRuns(variables: RunsVariables, isAtTop: () => boolean): Runs {
  const client = useApolloClient();
  const list = runsList(client, variables);
  const attempts = useMemo(() => makeRowAttempts(client, list, variables), [client, list, variables]);
  const { ids, hasMore, fresh, failure } = useSyncExternalStore(list.subscribe, list.current);
  const look = useThrottled(() => list.look(isAtTop()), EVERY);
  useStatusChanges(look);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another list.
  useEffect(() => look(), [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that it has now may be read.
  useEffect(() => attempts.look(), [attempts, ids]);
  const before = useRef(ids);
  if (ids) before.current = ids;
  return {
    runs: ids ?? before.current,
    attempts,
    isBefore: ids === null,
    hasMore,
    error: footlightErrors(failure)[0] ?? null,
    fresh,
    showFresh: () => void list.look(true).catch(() => {}),
    loadMore: list.more,
    retry: () => (ids ? look() : list.begin()),
  };
}
