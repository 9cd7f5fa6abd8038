import { useQuery } from '@apollo/client/react';
import { useStatusChanges } from './live.ts';
import { PendingCountDocument } from './PendingCount.generated.ts';

/** How many answers wait for the person, as the bar shows it: null for none, `99+` for many. */
export function usePendingCount(): string | null {
  const { data, refetch } = useQuery(PendingCountDocument);
  useStatusChanges(() => refetch());
  const waiting = data?.pendingValidations.countUpTo ?? 0;
  if (waiting === 0) return null;
  return waiting > 99 ? '99+' : String(waiting);
}
