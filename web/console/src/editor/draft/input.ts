import type { StageInput } from '../../schema.generated.ts';
import type { Draft } from './draft.ts';

/** The stages as the API takes them. */
export function stageInputs({ stages }: Draft): StageInput[] {
  return stages.map(({ id, order, fields }) => ({ ...(id === null ? {} : { id }), stageOrder: order, ...fields }));
}

export interface ModelName {
  id: string;
  name: string;
}

/** The draft in the form in which definitions are compared: new stages have what they are called by here. */
export function definitionOf({ stages, unfinished: _, ...whole }: Draft, models: readonly ModelName[] = []): object {
  const all = stages.map(({ local, order, fields }) => {
    const model = models.find(({ id }) => id === fields.modelId) ?? null;
    return { id: local, stageOrder: order, ...fields, model };
  });
  return { ...whole, stages: all };
}
