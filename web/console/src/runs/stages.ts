import { useQuery } from '@apollo/client/react';
import { useMemo } from 'react';
import { type RunWorkflowsQuery, RunWorkflowsDocument } from './RunWorkflows.generated.ts';

export type ListedWorkflow = RunWorkflowsQuery['workflows']['nodes'][number];

/** A stage as a row needs it. */
export interface RowStage {
  stageOrder: number;
  name: string | null;
}

export interface ListedRun {
  id: string;
  workflow: { id: string } | null;
  workflowVersion: number;
}

/**
 * The stages of the version that a run is pinned to; null where the workflow has changed since, or is not listed, and
 * nothing while the workflows are on their way.
 */
export type StagesOf = (run: ListedRun) => readonly RowStage[] | null | undefined;

/** My workflows with their stages, asked for once and not with every row; null while they are on their way. */
export function useWorkflows(): { workflows: readonly ListedWorkflow[] | null; stagesOf: StagesOf } {
  const { data, loading } = useQuery(RunWorkflowsDocument);
  return useMemo(() => {
    const workflows = data?.workflows.nodes ?? [];
    const known = new Map(workflows.map((workflow) => [workflow.id, workflow]));
    const stagesOf: StagesOf = ({ workflow, workflowVersion }) => {
      if (!data) return undefined;
      const now = workflow && known.get(workflow.id);
      return now && now.version === workflowVersion ? now.stages : null;
    };
    return { workflows: data || !loading ? workflows : null, stagesOf };
  }, [data, loading]);
}
