import type { ApolloClient } from '@apollo/client';
import { hasWhole, mayBeRounded, withDigits } from '../../exact/digits.ts';
import { exactAnswer } from '../../exact/exactAnswer.ts';
import type { Session } from '../../session/session.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import { type Draft, type DraftStage, draftOf } from './draft.ts';
import { type SavedWorkflowQuery, SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/** The workflow as it is written: where the link has rounded a number of it, with the digits that it has on the server. */
export async function exactWorkflow<Workflow extends DraftWorkflowFragment>(
  client: ApolloClient,
  session: Session,
  workflow: Workflow,
): Promise<Workflow> {
  if (!mayBeRounded(workflow)) return workflow;
  return withDigits(workflow, await read(client, session, workflow.id)) as Workflow;
}

/** The draft to be sent or written: its numbers with all digits that they have in the saved workflow, as the 0 of 1.0. */
export async function exactDraft(
  client: ApolloClient,
  session: Session,
  workflowId: string,
  draft: Draft,
): Promise<Draft> {
  if (!mayHaveLostDigits(draft)) return draft;
  const workflow = await read(client, session, workflowId);
  return workflow ? withDigitsOf(draft, draftOf(workflow), 'id') : draft;
}

/** The draft with the digits that another has at the same places of a stage, which both know by its id or its name here. */
export function withDigitsOf(draft: Draft, exact: Draft, by: 'id' | 'local'): Draft {
  const stages = new Map(exact.stages.map((stage) => [stage[by], stage.fields]));
  return {
    ...draft,
    metadata: withDigits(draft.metadata, exact.metadata),
    outputMapping: withDigits(draft.outputMapping, exact.outputMapping),
    stages: draft.stages.map((stage) => ({
      ...stage,
      fields: withDigits(stage.fields, stages.get(stage[by])) as DraftStage['fields'],
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

/** Numbers of the stage itself, as its retries, cannot. */
const mayHaveLostDigits = ({ metadata, outputMapping, stages }: Draft): boolean =>
  [metadata, outputMapping, ...stages.flatMap(({ fields }) => Object.values(fields).filter(isJson))].some(hasWhole);

const isJson = (value: unknown) => typeof value === 'object';
