import type { DraftStage, StageFields } from '../draft/draft.ts';

/** A stage of a test. */
export function stageOf(order: number, fields: Partial<StageFields> = {}): DraftStage {
  const empty: StageFields = {
    key: null,
    name: null,
    systemTemplate: null,
    messages: null,
    promptTemplate: null,
    retryPromptTemplate: null,
    modelId: null,
    timeoutSeconds: null,
    validationType: 'NONE',
    validationCriteria: null,
    outputVariables: null,
    inputVariableMapping: null,
    retryLimit: 0,
    nextStageOnPass: null,
    nextStageOnFail: null,
    routes: null,
    forEach: null,
    flowiseConfig: null,
  };
  return { local: `s${order}`, id: null, order, fields: { ...empty, ...fields } };
}
