import { useSubscription } from '@apollo/client/react';
import { useFootlight } from '@footlight/client/react';
import { useEffect, useRef } from 'react';
import type { StatusChangesSubscription } from './StatusChanges.generated.ts';
import { StatusChangesDocument } from './StatusChanges.generated.ts';

export type StatusChange = StatusChangesSubscription['executionStatusChanged'];

type Listener = (change: StatusChange | null) => void;
const listeners = new Set<Listener>();

/**
 * The one subscription to the state changes of all of the person's runs; the frame holds it. Its changes go into the
 * cache, and to whoever asked by `useStatusChanges`.
 */
export function useAllStatusChanges(): void {
  useSubscription(StatusChangesDocument, {
    onData: ({ data: { data } }) => {
      if (data) tell(data.executionStatusChanged);
    },
  });
  // Nobody says what changed meanwhile: whoever shows runs reads them again.
  const { connection } = useFootlight();
  useEffect(() => {
    let wasLost = connection.current() === 'lost';
    return connection.subscribe(() => {
      const now = connection.current();
      if (now === 'open' && wasLost) tell(null);
      wasLost = now === 'lost' || (wasLost && now !== 'open');
    });
  }, [connection]);
}

function tell(change: StatusChange | null): void {
  for (const listener of listeners) listener(change);
}

/**
 * Calls `hear` with each state change of any run, and with null when the connection is back and changes may have been
 * missed: read again then. Many changes may come in one second.
 */
export function useStatusChanges(hear: (change: StatusChange | null) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    const listener: Listener = (change) => latest.current(change);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
}
