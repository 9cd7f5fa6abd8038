import type { ApolloClient } from '@apollo/client';
import { exactAnswer } from '../../exact/answer.ts';
import { mayHaveLost, withDigits } from '../../exact/digits.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import type { Draft, DraftStage } from './draft.ts';
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

/** The draft with the digits that another has at the same places. */
export function withDigitsOf(draft: Draft, exact: Draft): Draft {
  const stages = new Map(exact.stages.map(({ local, fields }) => [local, fields]));
  return {
    ...draft,
    metadata: withDigits(draft.metadata, exact.metadata),
    outputMapping: withDigits(draft.outputMapping, exact.outputMapping),
    stages: draft.stages.map((stage) => ({
      ...stage,
      fields: withDigits(stage.fields, stages.get(stage.local)) as DraftStage['fields'],
    })),
  };
}

async function read(client: ApolloClient, id: string) {
  const { workflow } = await exactAnswer<SavedWorkflowQuery>(client, SavedWorkflowDocument, { id });
  if (!workflow) throw new Error('The workflow is gone: somebody deleted it.');
  return workflow;
}

const isJson = (value: unknown) => typeof value === 'object';
