import { type Fields, fieldsOf } from '../../definition/shape.ts';

const FIELDS = ['name', 'description', 'metadata', 'inputs', 'stages', 'outputMapping'];
/** What a file says of a stage: what the API takes of a new one, and the model's name. */
const STAGE_FIELDS = [
  'stageOrder',
  'key',
  'name',
  'systemTemplate',
  'messages',
  'promptTemplate',
  'retryPromptTemplate',
  'model',
  'modelId',
  'timeoutSeconds',
  'validationType',
  'validationCriteria',
  'outputVariables',
  'inputVariableMapping',
  'retryLimit',
  'nextStageOnPass',
  'nextStageOnFail',
  'routes',
  'forEach',
  'flowiseConfig',
];

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Why a file is none of a workflow; null where it may be one. */
export function checkFile(file: unknown): string | null {
  if (!isObject(file)) return 'A workflow’s file is one JSON object, with its name and its stages';
  const { name, inputs, stages } = fieldsOf(file);
  const unknown = unknownField(fieldsOf(file), FIELDS);
  if (unknown !== null) return unknown;
  if (typeof name !== 'string') return 'name must be what the workflow is called';
  if (inputs != null && !isObject(inputs)) return 'inputs must be an object of a first run’s inputs';
  if (stages == null) return null;
  if (!Array.isArray(stages)) return 'stages must be a list of stages';
  for (const [index, stage] of stages.entries()) {
    const fault = isObject(stage) ? unknownField(fieldsOf(stage), STAGE_FIELDS) : 'must be an object';
    if (fault !== null) return `${called(index, fieldsOf(stage))}: ${fault}`;
  }
  return null;
}

function unknownField(fields: Fields, known: readonly string[]): string | null {
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  return unknown === undefined ? null : `unknown field ${unknown}`;
}

/** What a stage is called in messages, by its number if it has one. */
export function called(index: number, { stageOrder, name }: Fields): string {
  if (typeof stageOrder !== 'number') return `stages[${index}]`;
  return `stage ${stageOrder}${typeof name === 'string' && name.trim() ? ` (${name.trim()})` : ''}`;
}
