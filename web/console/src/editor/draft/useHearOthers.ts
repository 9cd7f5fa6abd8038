import { useApolloClient } from '@apollo/client/react';
import { useElsewhere } from '../../app/elsewhere.ts';
import { useWhenLookedAt } from '../../app/useWhenLookedAt.ts';
import { SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/**
 * Whoever comes back to the page hears what others saved meanwhile, and what other pages of this browser save at once: the
 * cache has it then, and so has the page.
 */
export function useHearOthers(workflowId: string): void {
  const client = useApolloClient();
  const variables = { id: workflowId };
  // Nobody asked for it: where it cannot be heard, a save will tell.
  const hear = () =>
    client.query({ query: SavedWorkflowDocument, variables, fetchPolicy: 'network-only' }).catch(() => null);
  useWhenLookedAt(hear);
  useElsewhere(workflowId, hear);
}
