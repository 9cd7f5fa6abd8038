import type { ConnectionState } from '../connection.ts';
import type { FootlightError } from '../errors.ts';
import { initialRun, type RunState } from '../run/state.ts';
import { useConnection } from './useConnection.ts';

export interface RunOptions {
  /** The words too, as they come. */
  deltas?: boolean;
}

export interface WatchedRun {
  run: RunState;
  connection: ConnectionState;
  error: FootlightError | null;
}

/** A run, live. Of several components that watch one run each has a subscription of its own: watch it once, and hand it down. */
export function useRun(id: string, _options: RunOptions = {}): WatchedRun {
  return { run: initialRun(id), connection: useConnection(), error: null };
}
