import { useRouteContext } from '@tanstack/react-router';
import { useState } from 'react';
import { Ghost } from '../ui/Ghost.tsx';
import { type Held, useKept } from './draft/useKept.ts';
import type { Model } from './form/stageForm.ts';
import { GoneWorkflow } from './GoneWorkflow.tsx';

/** Where there is no such workflow: what this browser keeps of it, if anything. */
export function LeftDraft({ workflowId, models }: { workflowId: string; models: readonly Model[] }) {
  const { session } = useRouteContext({ from: '__root__' });
  const [held, setHeld] = useState<Held | null>(null);
  const { isComplete, isAtRisk } = useKept(session.userId(), workflowId, held, setHeld);
  if (!isComplete) return <Ghost label="Looking for what was written" />;
  return <GoneWorkflow written={held} models={models} isAtRisk={isAtRisk} onLetGo={() => setHeld(null)} />;
}
