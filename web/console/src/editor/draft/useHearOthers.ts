import { useApolloClient } from '@apollo/client/react';
import { useEffect } from 'react';
import { SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/** Whoever comes back to the page hears what others saved meanwhile: the cache has it then, and so has the page. */
export function useHearOthers(workflowId: string): void {
  const client = useApolloClient();
  useEffect(() => {
    let isAsking = false;
    const ask = async () => {
      if (isAsking || document.visibilityState === 'hidden') return;
      isAsking = true;
      const variables = { id: workflowId };
      // Nobody asked for it: where it cannot be heard, a save will tell.
      await client.query({ query: SavedWorkflowDocument, variables, fetchPolicy: 'network-only' }).catch(() => null);
      isAsking = false;
    };
    window.addEventListener('focus', ask);
    document.addEventListener('visibilitychange', ask);
    return () => {
      window.removeEventListener('focus', ask);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [client, workflowId]);
}
