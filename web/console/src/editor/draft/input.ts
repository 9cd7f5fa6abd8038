import type { StageInput } from '../../schema.generated.ts';
import type { Draft } from './draft.ts';

/** The stages as the API takes them. */
export function stageInputs({ stages }: Draft): StageInput[] {
  return stages.map(({ id, order, fields }) => ({ ...(id === null ? {} : { id }), stageOrder: order, ...fields }));
}

/** The draft in the form in which definitions are compared: new stages have what they are called by here. */
export function definitionOf({ stages, ...whole }: Draft): object {
  return { ...whole, stages: stages.map(({ local, order, fields }) => ({ id: local, stageOrder: order, ...fields })) };
}
