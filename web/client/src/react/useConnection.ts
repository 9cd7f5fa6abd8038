import { useCallback, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../connection.ts';
import { inNextFrame } from '../frame.ts';
import { useFootlight } from './provider.tsx';

/** The state of the socket that live answers come over, as a page shows it; `connection` itself tells of every change. */
export function useConnection(): ConnectionState {
  const { connection } = useFootlight();
  const subscribe = useCallback(
    (listener: () => void) => connection.subscribe(() => inNextFrame(listener)),
    [connection],
  );
  return useSyncExternalStore(subscribe, connection.current, connection.current);
}
