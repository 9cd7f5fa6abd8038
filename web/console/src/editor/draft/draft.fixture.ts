// Drafts for tests.

import { apply } from './apply.ts';
import type { Draft, StageFields } from './draft.ts';

/** Stages with these numbers, called `s` and their place. */
export function draftWith(orders: readonly number[], fields: readonly Partial<StageFields>[] = []): Draft {
  const empty: Draft = { name: 'Test', description: null, metadata: {}, outputMapping: null, stages: [] };
  const stages = orders.flatMap((order, place) => {
    const { stages } = apply(empty, { kind: 'add', at: 0, fields: fields[place] ?? {} });
    return stages.map((stage) => ({ ...stage, local: `s${place}`, id: `s${place}`, order }));
  });
  return { ...empty, stages };
}

export const said = (draft: Draft) =>
  draft.stages.map(({ order, fields }) => `${order} ${fields.promptTemplate ?? ''}`);
