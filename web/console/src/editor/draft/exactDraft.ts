import type { ApolloClient } from '@apollo/client';
import { hasWhole, mayBeRounded, withDigits } from '../../exact/digits.ts';
import { keepsDigits } from '../../exact/exact.ts';
import { exactAnswer } from '../../exact/exactAnswer.ts';
import type { Session } from '../../session/session.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import type { Draft, DraftStage } from './draft.ts';
import { type SavedWorkflowQuery, SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/**
 * The workflow as it is written: where the link may have lost digits of a number, be it the 0 of 1.0, with those that it has
 * on the server. An error where it changed meanwhile.
 */
export async function exactWorkflow<Workflow extends DraftWorkflowFragment>(
  client: ApolloClient,
  session: Session,
  workflow: Workflow,
): Promise<Workflow> {
  if (!mayHaveLostDigits(workflow)) return workflow;
  const exact = withDigits(workflow, await read(client, session, workflow.id)) as Workflow;
  if (keepsDigits && mayBeRounded(exact))
    throw new Error('It changed while its numbers were read. Load the page again.');
  return exact;
}

/** Is there a number that the link may have brought with fewer digits than were written? Only where there is JSON. */
export const mayHaveLostDigits = ({ metadata, outputMapping, stages }: DraftWorkflowFragment): boolean =>
  [metadata, outputMapping, ...stages.flatMap((stage) => Object.values(stage).filter(isJson))].some(hasWhole);

/** Fails where this browser keeps no digits and what is to be written has some: it would write other numbers. */
export async function refuseRounding(
  client: ApolloClient,
  session: Session,
  workflowId: string,
  draft: Draft,
): Promise<void> {
  if (!keepsDigits && mayBeRounded(draft)) await read(client, session, workflowId);
}

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

async function read(client: ApolloClient, session: Session, id: string): Promise<SavedWorkflowQuery['workflow']> {
  const { data, errors } = await ask(session, id);
  if (!errors) return data?.workflow ?? null;
  // The link tells of it as of any other refusal; a token that the server does not believe it renews.
  await client.query({ query: SavedWorkflowDocument, variables: { id }, fetchPolicy: 'no-cache' });
  return (await ask(session, id)).data?.workflow ?? null;
}

const ask = async (session: Session, id: string) =>
  exactAnswer<SavedWorkflowQuery>(SavedWorkflowDocument, { id }, await session.token());

const isJson = (value: unknown) => typeof value === 'object';
