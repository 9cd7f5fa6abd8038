// A workflow in a file, as `footlight run --file` reads it: what `createWorkflow` takes, with the `inputs` of a first run
// beside it, and `model`, what its provider calls it, in the place of `modelId`.

import { type Fields, fieldsOf } from '../../definition/shape.ts';
import { withDigits } from '../../exact/digits.ts';
import { sentValue } from '../../exact/exact.ts';
import type { CreateWorkflowInput } from '../../schema.generated.ts';
import type { Draft, DraftStage } from '../draft/draft.ts';
import { checkFile } from './check.ts';
import { type KnownModel, namedModel, withModelId } from './models.ts';

/** What a file says: the workflow to make, and the inputs of a first run. */
export interface ReadFile {
  workflow: CreateWorkflowInput;
  inputs: Record<string, unknown>;
  /** A stage names no model. */
  isModelNeeded: boolean;
}

/** The file of a workflow. What is nothing is left out. */
export function workflowFile(draft: Draft, models: readonly KnownModel[], inputs?: Record<string, unknown>): string {
  const { name, description, metadata, stages, outputMapping } = draft;
  const file = {
    name,
    ...(description === null ? {} : { description }),
    ...(Object.keys(fieldsOf(metadata)).length === 0 ? {} : { metadata }),
    ...(inputs ? { inputs } : {}),
    stages: stages.map((stage) => stageInFile(stage, models)),
    ...(outputMapping == null ? {} : { outputMapping }),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function stageInFile({ order, fields }: DraftStage, models: readonly KnownModel[]): object {
  const { key, name, modelId, validationCriteria, validationType, retryLimit, ...rest } = fields;
  const judge = validationType === 'LLM' ? namedModel(validationCriteria, models) : validationCriteria;
  const all = {
    stageOrder: order,
    key,
    name,
    ...rest,
    ...fieldsOf(namedModel({ modelId }, models)),
    validationType: validationType === 'NONE' ? null : validationType,
    validationCriteria: judge,
    retryLimit: retryLimit === 0 ? null : retryLimit,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value != null));
}

/**
 * Reads such a file; what it cannot be is said by stage and field. A stage that names no model gets the one whose id is
 * `otherwise`, or the only one that there is.
 */
export function readWorkflowFile(
  text: string,
  models: readonly KnownModel[],
  otherwise: string | null = null,
): { read: ReadFile } | { fault: string } {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return { fault: `This is no JSON: ${error instanceof Error ? error.message : error}` };
  }
  const fault = checkFile(file);
  if (fault !== null) return { fault };
  const exact = sentValue(text);
  if ('fault' in exact) return exact;
  const { inputs, stages, ...whole } = fieldsOf(jsonWithDigits(file, exact.value));
  const made = [];
  for (const [index, stage] of stagesOf({ stages }).entries()) {
    const result = withModelId(index, stage, models, otherwise);
    if ('fault' in result) return result;
    made.push(result.stage);
  }
  // Checked above, field by field; what the fields hold is for the server to check.
  const workflow = { ...whole, stages: made } as unknown as CreateWorkflowInput;
  const isModelNeeded = stagesOf(file).some((stage) => stage.model == null && !('modelId' in stage));
  return { read: { workflow, inputs: { ...fieldsOf(inputs) }, isModelNeeded } };
}

function stagesOf(file: unknown): Fields[] {
  const { stages } = fieldsOf(file);
  return Array.isArray(stages) ? stages.map(fieldsOf) : [];
}

/** The file with its digits in what is JSON to the server; a number of a stage itself, as its retries, is one to us, too. */
function jsonWithDigits(file: unknown, exact: unknown): Fields {
  const { stages } = fieldsOf(file);
  const digits = fieldsOf(withDigits(file, exact));
  if (!Array.isArray(stages) || !Array.isArray(digits.stages)) return digits;
  return { ...digits, stages: digits.stages.map((stage, index) => ({ ...stage, ...numbersOf(stages[index]) })) };
}

const numbersOf = (stage: unknown): object =>
  Object.fromEntries(Object.entries(fieldsOf(stage)).filter(([, value]) => typeof value === 'number'));
