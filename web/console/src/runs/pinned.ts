import type { ApolloClient } from '@apollo/client';
import { orderOf, readDefinition, textOf } from '../definition/shape.ts';
import { PinnedStagesDocument } from './PinnedStages.generated.ts';
import type { ListedRun, RowStage } from './stages.ts';

const asked = new WeakMap<ApolloClient, Map<string, Promise<readonly RowStage[] | null>>>();

/** The stages of a version that its workflow has left behind, by one of its runs: asked for once a version. */
export function stagesOfVersion(client: ApolloClient, run: ListedRun): Promise<readonly RowStage[] | null> {
  const known = asked.get(client) ?? new Map<string, Promise<readonly RowStage[] | null>>();
  asked.set(client, known);
  const version = `${run.workflow?.id ?? run.id} ${run.workflowVersion}`;
  const answer = known.get(version) ?? read(client, run.id).catch(() => null);
  known.set(version, answer);
  return answer;
}

/** The definition itself, with all its prompts, is not kept. */
async function read(client: ApolloClient, id: string): Promise<readonly RowStage[] | null> {
  const { data } = await client.query({ query: PinnedStagesDocument, variables: { id }, fetchPolicy: 'no-cache' });
  return data?.execution ? stagesIn(data.execution.definition) : null;
}

const stagesIn = (definition: unknown): RowStage[] =>
  readDefinition(definition).stages.map((stage) => ({ stageOrder: orderOf(stage), name: textOf(stage, 'name') }));
