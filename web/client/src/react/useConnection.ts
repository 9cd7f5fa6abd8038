import { useSyncExternalStore } from 'react';
import type { ConnectionState } from '../connection.ts';
import { useFootlight } from './provider.tsx';

/** The state of the socket that live answers come over. */
export function useConnection(): ConnectionState {
  const { connection } = useFootlight();
  return useSyncExternalStore(connection.subscribe, connection.current);
}
