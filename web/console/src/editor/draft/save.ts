import type { ApolloClient } from '@apollo/client';
import { type FootlightError, footlightErrors } from '@footlight/client';
import { isSame } from '../../definition/shape.ts';
import { refuseRounding } from '../../exact/digits.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import type { Draft } from './draft.ts';
import { stageInputs } from './input.ts';
import { SaveRestDocument } from './SaveRest.generated.ts';
import { SaveStagesDocument } from './SaveStages.generated.ts';

/** What came of a save: what the server has now, as far as it took it, and why it did not take the rest. */
export interface Saved {
  workflow: DraftWorkflowFragment | null;
  error: FootlightError | null;
}

/**
 * Sends what differs: the stages with what a run answers as one change, then name, description and metadata as another.
 * The second is made on the version that the first brought, so that nobody else's change comes between them unseen.
 */
export async function sendDraft(
  client: ApolloClient,
  { id, version }: { id: string; version: number },
  before: Draft,
  draft: Draft,
): Promise<Saved> {
  let workflow: DraftWorkflowFragment | null = null;
  try {
    refuseRounding(draft);
    if (!isSame(ofStages(before), ofStages(draft))) {
      const input = {
        workflowId: id,
        expectedVersion: version,
        ...ofStages(draft),
      };
      const { data } = await client.mutate({ mutation: SaveStagesDocument, variables: { input } });
      workflow = data?.updateWorkflowStages ?? null;
    }
    if (!isSame(restOf(before), restOf(draft))) {
      const input = { id, expectedVersion: workflow?.version ?? version, ...restOf(draft) };
      const { data } = await client.mutate({ mutation: SaveRestDocument, variables: { input } });
      workflow = data?.updateWorkflow ?? workflow;
    }
    return { workflow, error: null };
  } catch (error) {
    return { workflow, error: footlightErrors(error)[0] ?? { code: 'UNKNOWN', message: String(error) } };
  }
}

const ofStages = (draft: Draft) => ({ stages: stageInputs(draft), outputMapping: draft.outputMapping });
/** What is sent beside the stages. */
export const restOf = ({ name, description, metadata }: Draft) => ({ name, description, metadata });

/** Where an input that was refused is in the draft: `stages[2].routes.by` is `routes.by` of its third stage. */
export function placeOf(draft: Draft, field: string | undefined): { local: string | null; field: string | null } {
  const stage = /^stages\[(\d+)\](?:\.(.*))?$/.exec(field ?? '');
  if (!stage) return { local: null, field: field ?? null };
  return { local: draft.stages[Number(stage[1])]?.local ?? null, field: stage[2] ?? null };
}
