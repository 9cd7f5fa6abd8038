import type { ApolloClient } from '@apollo/client';
import { mayHaveLost, withDigits } from '../../exact/digits.ts';
import { exactAnswer } from '../../exact/exactAnswer.ts';
import type { Session } from '../../session/session.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import type { Draft, DraftStage } from './draft.ts';
import { type SavedWorkflowQuery, SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/**
 * The workflow as it is written: where the link may have lost digits of a number, be it the 0 of 1.0, with those that it has
 * on the server; an error where it has another version by then.
 */
export async function exactWorkflow<Workflow extends DraftWorkflowFragment>(
  client: ApolloClient,
  session: Session,
  workflow: Workflow,
): Promise<Workflow> {
  if (!mayHaveLostDigits(workflow)) return workflow;
  const exact = await read(client, session, workflow.id);
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

type Saved = NonNullable<SavedWorkflowQuery['workflow']>;

async function read(client: ApolloClient, session: Session, id: string): Promise<Saved> {
  let answer = await ask(session, id);
  if (answer.errors) {
    // The link tells of it as of any other refusal; a token that the server does not believe it renews.
    await client.query({ query: SavedWorkflowDocument, variables: { id }, fetchPolicy: 'no-cache' });
    answer = await ask(session, id);
  }
  const workflow = answer.data?.workflow;
  if (!workflow) throw new Error(answer.errors?.[0]?.message ?? 'The workflow is gone: somebody deleted it.');
  return workflow;
}

const ask = async (session: Session, id: string) =>
  exactAnswer<SavedWorkflowQuery>(SavedWorkflowDocument, { id }, await session.token());

const isJson = (value: unknown) => typeof value === 'object';
