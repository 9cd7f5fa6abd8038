import { useApolloClient } from '@apollo/client/react';
import { useMemo, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../connection.ts';
import type { FootlightError } from '../errors.ts';
import type { RunState } from '../run/state.ts';
import { type Deltas, runWatch } from '../run/watch.ts';
import { useConnection } from './useConnection.ts';

export interface RunOptions {
  /**
   * The words too, as they come. `new` leaves out those of attempts that had finished before: their `text` is empty, and
   * `executionLog(id:)` has it.
   */
  readonly deltas?: Deltas;
}

export interface WatchedRun {
  readonly run: RunState;
  readonly connection: ConnectionState;
  /** Why it is not watched: `NOT_FOUND`, `UNAUTHENTICATED`, … A socket that is lost is no error. */
  readonly error: FootlightError | null;
}

/** A run, live, from its first event on. However many components show it, it is watched once. */
export function useRun(id: string, { deltas = false }: RunOptions = {}): WatchedRun {
  const client = useApolloClient();
  const watch = useMemo(() => runWatch(client, id, deltas), [client, id, deltas]);
  const { run, error } = useSyncExternalStore(watch.subscribe, watch.current, watch.current);
  const connection = useConnection();
  return { run, connection, error };
}
