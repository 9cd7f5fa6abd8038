import { useApolloClient } from '@apollo/client/react';
import { useRef } from 'react';
import { useStatusChanges } from '../app/live.ts';
import { WorkflowNowDocument } from './WorkflowNow.generated.ts';

/**
 * Keeps the last run of each workflow as it is now. A run that is known changes in the cache by itself; of one that is new
 * its workflow is read again, and all of them once changes may have been missed.
 */
export function useLastRuns(workflows: readonly { id: string }[], refetch: () => Promise<unknown>): void {
  const client = useApolloClient();
  const known = useRef(new Set<string>());
  useStatusChanges((change) => {
    if (change === null) {
      refetch().catch(() => {});
      return;
    }
    const id = change.execution.workflow?.id;
    if (id === undefined || known.current.has(change.executionId) || !workflows.some((one) => one.id === id)) return;
    known.current.add(change.executionId);
    client
      .query({ query: WorkflowNowDocument, variables: { id }, fetchPolicy: 'network-only' })
      .catch(() => known.current.delete(change.executionId));
  });
}
