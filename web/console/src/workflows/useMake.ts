import { useApolloClient } from '@apollo/client/react';
import { useNavigate, useRouteContext } from '@tanstack/react-router';
import { useRef } from 'react';
import type { CreateWorkflowInput } from '../schema.generated.ts';
import { toast } from '../ui/toast.ts';
import { CreateWorkflowDocument } from './CreateWorkflow.generated.ts';
import { usualModel } from './models.ts';
import { OfferedModelsDocument } from './OfferedModels.generated.ts';
import { reasonOf } from '../ui/failure.ts';

/** Makes a workflow, and answers its id, or why there is none. */
export type Make = (input: CreateWorkflowInput) => Promise<{ id: string } | { fault: string }>;

export interface Making {
  make: Make;
  /** Makes one with a stage to be written, of this model or else of the usual one, and opens it. */
  makeNew: (modelId: string | null) => void;
}

export function useMake(): Making {
  const client = useApolloClient();
  const { settings } = useRouteContext({ from: '__root__' });
  const navigate = useNavigate();
  const isMaking = useRef(false);

  /** Pressed before the page has the models, it waits for them. */
  const usual = async () => {
    const { data } = await client.query({ query: OfferedModelsDocument }).catch(() => ({ data: undefined }));
    return usualModel(data?.models ?? [], settings.demoModelId)?.id ?? null;
  };

  const make: Make = async (input) => {
    // A second press makes no second workflow.
    if (isMaking.current) return { fault: 'It is being made already.' };
    isMaking.current = true;
    try {
      const { data } = await client.mutate({ mutation: CreateWorkflowDocument, variables: { input } });
      return data ? { id: data.createWorkflow.id } : { fault: 'The server did not say what it made.' };
    } catch (error) {
      return { fault: reasonOf(error) };
    } finally {
      isMaking.current = false;
    }
  };

  const makeNew = async (chosen: string | null) => {
    const modelId = chosen ?? (await usual());
    const made = await make({ name: 'Untitled', stages: [{ stageOrder: 1, name: 'First stage', modelId }] });
    if ('fault' in made) toast(`No workflow was made: ${made.fault}`);
    else navigate({ to: '/workflows/$workflowId', params: { workflowId: made.id } });
  };

  return { make, makeNew };
}
