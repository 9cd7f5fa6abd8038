import { EMPTY } from '../draft/apply.ts';
import type { DraftStage, StageFields } from '../draft/draft.ts';

/** A stage of a test. */
export const stageOf = (order: number, fields: Partial<StageFields> = {}): DraftStage => ({
  local: `s${order}`,
  id: null,
  order,
  fields: { ...EMPTY, ...fields },
});
