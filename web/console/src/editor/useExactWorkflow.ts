import { useApolloClient } from '@apollo/client/react';
import { useEffect, useMemo, useState } from 'react';
import { useWhenBack } from '../app/useWhenBack.ts';
import { keepsDigits } from '../exact/exact.ts';
import { exactWorkflow, mayHaveLostDigits } from './draft/exactDraft.ts';
import type { EditorWorkflowQuery } from './EditorWorkflow.generated.ts';

type Workflow = NonNullable<EditorWorkflowQuery['workflow']>;

/**
 * The workflow with all digits of its numbers: at once where the link can have lost none. Throws where they cannot be read
 * and nothing was known of it. Until they are read, and where
 * they cannot be, it is what was known of it before; null while that is nothing. A browser that keeps none shows it as it
 * came, and a save says why it cannot be.
 */
export function useExactWorkflow(brought: Workflow | null): Workflow | null {
  const client = useApolloClient();
  const [known, setKnown] = useState<Workflow | null>(null);
  const [failure, setFailure] = useState<{ id: string; version: number; error: unknown } | null>(null);
  const lossy = useMemo(() => (keepsDigits && brought && mayHaveLostDigits(brought) ? brought : null), [brought]);
  if (lossy === null && known !== brought) setKnown(brought);
  const hasFailed = failure !== null && failure.id === lossy?.id && failure.version === lossy.version;
  useWhenBack(() => setFailure(null));
  useEffect(() => {
    if (lossy === null || hasFailed) return;
    const { id, version } = lossy;
    let isWanted = true;
    exactWorkflow(client, lossy).then(
      (workflow) => isWanted && setKnown(workflow),
      (error) => isWanted && setFailure({ id, version, error }),
    );
    return () => {
      isWanted = false;
    };
  }, [lossy, hasFailed, client]);
  if (lossy === null) return brought;
  if (known?.id === lossy.id) return known;
  if (hasFailed) throw failure.error;
  return null;
}
