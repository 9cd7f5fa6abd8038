// The stages that a run is pinned to, as its `definition` tells them: what a letter needs to know of them.

import { type Fields, fieldsOf, orderOf, readDefinition, textOf } from '../definition/shape.ts';

export interface PinnedStage {
  order: number;
  name: string | null;
  model: string | null;
  retryLimit: number;
  onPass: number | null;
  onFail: number | null;
  /** A value leads on after a pass. */
  hasRoutes: boolean;
  /** The next attempt is given the notes. */
  retryHasNotes: boolean;
}

export const pinnedStages = (definition: unknown): PinnedStage[] => readDefinition(definition).stages.map(pinnedStage);

function pinnedStage(stage: Fields): PinnedStage {
  return {
    order: orderOf(stage),
    name: textOf(stage, 'name'),
    model: textOf(fieldsOf(stage.model), 'modelIdentifierForFlowise'),
    retryLimit: numberOf(stage.retryLimit) ?? 0,
    onPass: numberOf(stage.nextStageOnPass),
    onFail: numberOf(stage.nextStageOnFail),
    hasRoutes: stage.routes != null,
    retryHasNotes: /\{\{\s*notes\s*\}\}/.test(textOf(stage, 'retryPromptTemplate') ?? ''),
  };
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
