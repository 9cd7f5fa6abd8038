// The stages that a run is pinned to, as its `definition` tells them: what a letter needs to know of them.

export interface PinnedStage {
  order: number;
  name: string | null;
  model: string | null;
  retryLimit: number;
  onPass: number | null;
  onFail: number | null;
  /** A value leads on after a pass. */
  hasRoutes: boolean;
  /** The answer has to be a JSON object. */
  isJson: boolean;
  /** The next attempt is given the notes. */
  retryHasNotes: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown) => (typeof value === 'string' && value.trim() ? value : null);
const number = (value: unknown) => (typeof value === 'number' ? value : null);

export function pinnedStages(definition: unknown): PinnedStage[] {
  const stages = isObject(definition) ? definition.stages : null;
  if (!Array.isArray(stages)) return [];
  const read = stages.filter(isObject).map((stage) => ({
    order: number(stage.stageOrder) ?? 0,
    name: text(stage.name),
    model: isObject(stage.model) ? text(stage.model.modelIdentifierForFlowise) : null,
    retryLimit: number(stage.retryLimit) ?? 0,
    onPass: number(stage.nextStageOnPass),
    onFail: number(stage.nextStageOnFail),
    hasRoutes: isObject(stage.routes),
    isJson: isObject(stage.outputVariables),
    retryHasNotes: /\{\{\s*notes\s*\}\}/.test(text(stage.retryPromptTemplate) ?? ''),
  }));
  return read.sort((one, other) => one.order - other.order);
}
