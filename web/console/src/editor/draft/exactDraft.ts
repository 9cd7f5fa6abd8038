import type { ApolloClient } from '@apollo/client';
import { print } from 'graphql';
import { answerText } from '../../exact/answer.ts';
import { hasWhole, withDigits } from '../../exact/digits.ts';
import { exactValue } from '../../exact/exact.ts';
import type { Session } from '../../session/session.ts';
import { asSent } from '../../ui/copyAs.ts';
import { type Draft, draftOf } from './draft.ts';
import { type SavedWorkflowQuery, SavedWorkflowDocument } from './SavedWorkflow.generated.ts';

/** The draft to be sent or written: its numbers with all digits that they have in the saved workflow. */
export async function exactDraft(
  client: ApolloClient,
  session: Session,
  workflowId: string,
  draft: Draft,
): Promise<Draft> {
  if (!mayHaveLostDigits(draft)) return draft;
  const { data, errors } = await read(session, workflowId);
  // The link tells of it as of any other refusal; a token that the server does not believe it renews.
  if (errors)
    await client.query({ query: SavedWorkflowDocument, variables: { id: workflowId }, fetchPolicy: 'no-cache' });
  const workflow = errors ? (await read(session, workflowId)).data?.workflow : data?.workflow;
  return workflow ? withDigitsOf(draft, draftOf(workflow)) : draft;
}

interface Answer {
  data?: SavedWorkflowQuery | null;
  errors?: unknown;
}

async function read(session: Session, id: string): Promise<Answer> {
  const text = await answerText(print(asSent(SavedWorkflowDocument)), { id }, await session.token());
  const answer = exactValue(text);
  if ('fault' in answer) throw new Error(answer.fault);
  return answer.value as Answer;
}

function withDigitsOf(draft: Draft, saved: Draft): Draft {
  const stages = new Map(saved.stages.map(({ id, fields }) => [id, fields]));
  return {
    ...draft,
    metadata: withDigits(draft.metadata, saved.metadata),
    outputMapping: withDigits(draft.outputMapping, saved.outputMapping),
    stages: draft.stages.map((stage) => ({
      ...stage,
      fields: withDigits(stage.fields, stages.get(stage.id)) as typeof stage.fields,
    })),
  };
}

/** Numbers of the stage itself, as its retries, cannot. */
const mayHaveLostDigits = ({ metadata, outputMapping, stages }: Draft): boolean =>
  [metadata, outputMapping, ...stages.flatMap(({ fields }) => Object.values(fields).filter(isJson))].some(hasWhole);

const isJson = (value: unknown) => typeof value === 'object';
