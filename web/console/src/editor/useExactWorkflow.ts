import { useApolloClient } from '@apollo/client/react';
import { useRouteContext } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { mayBeRounded } from '../exact/digits.ts';
import { exactWorkflow } from './draft/exactDraft.ts';
import type { EditorWorkflowQuery } from './EditorWorkflow.generated.ts';

type Workflow = NonNullable<EditorWorkflowQuery['workflow']>;

/**
 * The workflow with all digits of its numbers: at once where the link cannot have rounded any. Until they are read it is
 * what was known of it before, and null where that is nothing.
 */
export function useExactWorkflow(brought: Workflow | null): Workflow | null {
  const client = useApolloClient();
  const { session } = useRouteContext({ from: '__root__' });
  const [known, setKnown] = useState<Workflow | null>(null);
  const rounded = useMemo(() => (mayBeRounded(brought) ? brought : null), [brought]);
  if (rounded === null && known !== brought) setKnown(brought);
  useEffect(() => {
    if (rounded === null) return;
    let isWanted = true;
    // Without them it is shown as the link brought it; a save reads them again, or is refused.
    exactWorkflow(client, session, rounded)
      .catch(() => rounded)
      .then((workflow) => isWanted && setKnown(workflow));
    return () => {
      isWanted = false;
    };
  }, [rounded, client, session]);
  if (rounded === null) return brought;
  return known?.id === rounded.id ? known : null;
}
