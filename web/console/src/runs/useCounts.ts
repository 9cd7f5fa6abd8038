import { useQuery } from '@apollo/client/react';
import { useStatusChanges } from '../app/live.ts';
import { count } from '../ui/time.ts';
import type { RunsVariables } from './filter.ts';
import { RunCountsDocument } from './RunCounts.generated.ts';
import { useThrottled } from './useThrottled.ts';

/** As far as the server counts. */
const MOST = 1000;

export type CountName = 'matching' | 'all' | 'running' | 'pending' | 'paused' | 'failed' | 'completed' | 'cancelled';

/** How many runs there are in each state within the other filters, in words: `31`, `1,000+`. */
export function useCounts(variables: RunsVariables): (name: CountName) => string | null {
  const { data, previousData, refetch } = useQuery(RunCountsDocument, { variables });
  const look = useThrottled(() => refetch(), 1500);
  useStatusChanges(look);
  const counts = data ?? previousData;
  return (name) => {
    const found = counts?.[name].countUpTo;
    if (found === undefined) return null;
    return found < MOST ? count(found) : `${count(MOST)}+`;
  };
}
