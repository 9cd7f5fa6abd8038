import type { ValidationType } from '../../schema.generated.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';

/** All that can be said of a stage but its id and its place. */
export interface StageFields {
  key: string | null;
  name: string | null;
  systemTemplate: string | null;
  messages: unknown;
  promptTemplate: string | null;
  retryPromptTemplate: string | null;
  modelId: string | null;
  timeoutSeconds: number | null;
  validationType: ValidationType;
  validationCriteria: unknown;
  outputVariables: unknown;
  inputVariableMapping: unknown;
  retryLimit: number;
  nextStageOnPass: number | null;
  nextStageOnFail: number | null;
  routes: unknown;
  forEach: unknown;
  flowiseConfig: unknown;
}

export interface DraftStage {
  /** What the stage is called by here, while it lives: the key of its row, and of its problems. */
  local: string;
  /** Null: it is not saved yet. */
  id: string | null;
  /** Its number, by which paths and targets name it. It grows with the place in the list. */
  order: number;
  fields: StageFields;
}

/** What is written in a control and cannot be taken over yet, as JSON that lacks its end, or half a number. */
export interface Unfinished {
  /** The stage; null: the workflow as a whole. */
  local: string | null;
  /** What its control is called. */
  label: string;
  /** The field in which it stands, by the API's name. */
  field: string | null;
  /** Empty, too, where something has to stand. */
  text: string;
  /** Why it cannot be taken over. */
  why: string;
}

/** A workflow as it is being written. */
export interface Draft {
  name: string;
  description: string | null;
  metadata: unknown;
  outputMapping: unknown;
  stages: readonly DraftStage[];
  /** Belongs to the draft as all that was written does, but cannot be saved. */
  unfinished?: readonly Unfinished[];
}

export const unfinishedOf = ({ unfinished = [] }: Draft): readonly Unfinished[] => unfinished;

export type WorkflowField = 'name' | 'description' | 'outputMapping' | 'metadata';

type SetField = {
  [Field in keyof StageFields]: { kind: 'set'; local: string; field: Field; value: StageFields[Field] };
}[keyof StageFields];

type SetWorkflowField = {
  [Field in WorkflowField]: { kind: 'workflow'; field: Field; value: Draft[Field] };
}[WorkflowField];

/** One thing that a person does to a draft. */
export type Edit =
  | SetField
  | SetWorkflowField
  /** A new stage at this place of the list, from 0. `local` when its maker wants to go on with it. */
  | { kind: 'add'; at: number; fields?: Partial<StageFields>; local?: string }
  | { kind: 'remove'; local: string }
  /** What a control holds that is no value yet. */
  | { kind: 'unfinished'; left: Unfinished }
  /** It is a value, or let go. */
  | { kind: 'finished'; local: string | null; label: string }
  /** `to` is its place in the list that comes of it, from 0. */
  | { kind: 'move'; local: string; to: number };

/** The draft that a saved workflow is, before anything was changed. */
export function draftOf(workflow: DraftWorkflowFragment): Draft {
  const { name, description, metadata, outputMapping, stages } = workflow;
  return {
    name,
    description,
    metadata,
    outputMapping,
    stages: stages.map(({ __typename, id, stageOrder, model, ...fields }) => ({
      local: id,
      id,
      order: stageOrder,
      fields: { ...fields, modelId: model?.id ?? null },
    })),
  };
}
