import type { ApolloClient } from '@apollo/client';
import { exactAnswer } from '../../exact/answer.ts';
import { mayHaveLost, withDigits } from '../../exact/digits.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import type { Draft, DraftStage } from './draft.ts';
import { inOrderOf } from './order.ts';
import { type SavedWorkflowQuery, SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/**
 * The workflow as it is written: where the link may have lost digits of a number, be it the 0 of 1.0, with those that it has
 * on the server; an error where it has another version by then.
 */
export async function exactWorkflow<Workflow extends DraftWorkflowFragment>(
  client: ApolloClient,
  workflow: Workflow,
): Promise<Workflow> {
  if (!mayHaveLostDigits(workflow)) return workflow;
  const exact = await read(client, workflow.id);
  if (exact.version !== workflow.version) {
    // Whoever shows it gets what it is now, and asks for that.
    await client.query({ query: SavedWorkflowDocument, variables: { id: workflow.id }, fetchPolicy: 'network-only' });
    throw new Error('It changed while its numbers were read. Try it again.');
  }
  return withDigits(workflow, exact) as Workflow;
}

/** Is there a number that the link may have brought with fewer digits than were written? Only where there is JSON. */
export const mayHaveLostDigits = ({ metadata, outputMapping, stages }: DraftWorkflowFragment): boolean =>
  [metadata, outputMapping, ...stages.flatMap((stage) => Object.values(stage).filter(isJson))].some(mayHaveLost);

/** The draft as another has written it, at the same places: with its digits, and with its names in its order. */
export function writtenAs(draft: Draft, written: Draft): Draft {
  const stages = new Map(written.stages.map(({ local, fields }) => [local, fields]));
  const as = (value: unknown, other: unknown) => withDigits(inOrderOf(value, other), other);
  return {
    ...draft,
    metadata: as(draft.metadata, written.metadata),
    outputMapping: as(draft.outputMapping, written.outputMapping),
    stages: draft.stages.map((stage) => ({
      ...stage,
      fields: as(stage.fields, stages.get(stage.local)) as DraftStage['fields'],
    })),
  };
}

async function read(client: ApolloClient, id: string) {
  const { workflow } = await exactAnswer<SavedWorkflowQuery>(client, SavedWorkflowDocument, { id });
  if (!workflow) throw new Error('The workflow is gone: somebody deleted it.');
  return workflow;
}

const isJson = (value: unknown) => typeof value === 'object';
