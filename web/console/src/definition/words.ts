// How fields of a definition are called here, and what they say as text.

import { isExactNumber } from '../exact/exact.ts';
import type { ValidationType } from '../schema.generated.ts';

const WORDS: Record<string, string> = {
  stage: 'the whole stage',
  stageOrder: 'place',
  name: 'name',
  key: 'key',
  description: 'description',
  metadata: 'metadata',
  systemTemplate: 'system message',
  messages: 'turns',
  promptTemplate: 'prompt',
  retryPromptTemplate: 'prompt of a retry',
  model: 'model',
  modelId: 'model',
  'model.configDefaults': 'the model’s own settings',
  'judgeModel.configDefaults': 'the judging model’s own settings',
  timeoutSeconds: 'longest silence, in seconds',
  validationType: 'who judges',
  validationCriteria: 'the rule that it is judged by',
  outputVariables: 'outputs',
  inputVariableMapping: 'where variables come from',
  retryLimit: 'retries',
  nextStageOnPass: 'stage after a pass',
  nextStageOnFail: 'stage after a fail',
  routes: 'routes',
  forEach: 'list that it runs over',
  flowiseConfig: 'settings',
  outputMapping: 'what a run answers',
  templateSyntax: 'how templates are read',
};

export const fieldWord = (field: string): string => WORDS[field] ?? field;

/** Who or what judges an answer. */
export const JUDGES: Readonly<Record<ValidationType, string>> = {
  NONE: 'nobody',
  MANUAL: 'a person',
  REGEX: 'a pattern',
  FUNCTION: 'a function',
  LLM: 'a model',
};

/** Templates and names are what people said, and who judges is told in words; everything else is exact. */
export const isProse = (field: string): boolean => /Template$|^(description|name|validationType)$/.test(field);

/** A value as lines of text; the keys of objects in the order of the alphabet, so that only what differs does. */
export function fieldText(value: unknown, field = ''): string {
  if (value == null) return '';
  if (field === 'validationType') return JUDGES[value as ValidationType] ?? String(value);
  return typeof value === 'string' ? value : JSON.stringify(value, sorted, 2);
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isExactNumber(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
