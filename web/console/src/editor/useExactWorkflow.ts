import { useApolloClient } from '@apollo/client/react';
import { useRouteContext } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { mayBeRounded } from '../exact/digits.ts';
import { keepsDigits } from '../exact/exact.ts';
import { exactWorkflow } from './draft/exactDraft.ts';
import type { EditorWorkflowQuery } from './EditorWorkflow.generated.ts';

type Workflow = NonNullable<EditorWorkflowQuery['workflow']>;

/**
 * The workflow with all digits of its numbers: at once where the link cannot have rounded any. Until they are read, and where
 * they cannot be, it is what was known of it before; null while that is nothing. A browser that keeps none shows it as it
 * came, and a save says why it cannot be.
 */
export function useExactWorkflow(brought: Workflow | null): Workflow | null {
  const client = useApolloClient();
  const { session } = useRouteContext({ from: '__root__' });
  const [known, setKnown] = useState<Workflow | null>(null);
  const [failure, setFailure] = useState<{ id: string; version: number; error: unknown } | null>(null);
  const rounded = useMemo(() => (keepsDigits && mayBeRounded(brought) ? brought : null), [brought]);
  if (rounded === null && known !== brought) setKnown(brought);
  useEffect(() => {
    if (rounded === null) return;
    const { id, version } = rounded;
    let isWanted = true;
    exactWorkflow(client, session, rounded).then(
      (workflow) => isWanted && setKnown(workflow),
      (error) => isWanted && setFailure({ id, version, error }),
    );
    return () => {
      isWanted = false;
    };
  }, [rounded, client, session]);
  if (rounded === null) return brought;
  if (known?.id === rounded.id) return known;
  if (failure?.id === rounded.id && failure.version === rounded.version) throw failure.error;
  return null;
}
