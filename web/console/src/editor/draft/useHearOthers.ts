import { useApolloClient } from '@apollo/client/react';
import { useWhenLookedAt } from '../../app/useWhenLookedAt.ts';
import { SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/** Whoever comes back to the page hears what others saved meanwhile: the cache has it then, and so has the page. */
export function useHearOthers(workflowId: string): void {
  const client = useApolloClient();
  const variables = { id: workflowId };
  // Nobody asked for it: where it cannot be heard, a save will tell.
  useWhenLookedAt(() =>
    client.query({ query: SavedWorkflowDocument, variables, fetchPolicy: 'network-only' }).catch(() => null),
  );
}
