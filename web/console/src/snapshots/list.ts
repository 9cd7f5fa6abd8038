import type { SnapshotsQueryVariables } from './Snapshots.generated.ts';

/** The same for the loader and the page, so that it is asked once. Without a workflow: the snapshots of all. */
export const firstPage = (workflowId: string | undefined): SnapshotsQueryVariables => ({
  first: 50,
  workflowId: workflowId ?? null,
});
