import { useApolloClient } from '@apollo/client/react';
import { useCallback, useRef } from 'react';
import { useWhenLookedAt } from '../app/useWhenLookedAt.ts';
import { RunningNowDocument } from './RunningNow.generated.ts';
import { useThrottled } from './useThrottled.ts';

/** In milliseconds: events of many runs may come in one second, and one question is for all. */
const AT_MOST_EVERY = 1000;

/** Reads how the runs that are under way stand: now, or as soon as somebody looks. */
export function useRunningNow(): () => void {
  const client = useApolloClient();
  const read = useThrottled(
    () => client.query({ query: RunningNowDocument, fetchPolicy: 'network-only' }),
    AT_MOST_EVERY,
  );
  const isLate = useRef(false);
  const look = useCallback(() => {
    isLate.current = document.hidden;
    if (!document.hidden) read();
  }, [read]);
  useWhenLookedAt(async () => isLate.current && look());
  return look;
}
