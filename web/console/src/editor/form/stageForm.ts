import { createContext, use } from 'react';
import type { Draft, DraftStage, Edit, StageFields } from '../draft/draft.ts';
import { WITH_LAST } from '../draft/history.ts';
import type { Problem } from '../draft/problems.ts';
import type { StageCatalogueQuery } from '../StageCatalogue.generated.ts';
import type { Completion } from '../text/completions.ts';

export type Catalogue = StageCatalogueQuery;
export type Model = Catalogue['models'][number];

/** The stage that is edited, with what its form needs to know. */
export interface StageForm {
  draft: Draft;
  stage: DraftStage;
  catalogue: Catalogue;
  /** Those of this stage. */
  problems: readonly Problem[];
  /** What `{{` may go on with in this field. */
  complete: (field: string) => readonly Completion[];
  /** The id of the list of paths that fields of paths propose. */
  pathsId: string;
  /** The inputs that the saved workflow asks for. */
  inputNames: readonly string[];
  set: SetField;
}

/** `typing` joins what is typed into one field into one step of undo; `WITH_LAST` joins it to whatever was before. */
export type SetField = <Field extends keyof StageFields>(
  field: Field,
  value: StageFields[Field],
  typing?: string,
) => void;

export const StageFormContext = createContext<StageForm | null>(null);

export function useStageForm(): StageForm {
  const form = use(StageFormContext);
  if (!form) throw new Error('this is shown only in the form of a stage');
  return form;
}

/** What changes a field of a stage. */
export const setterOf =
  (local: string, edit: (edit: Edit, coalesce?: string) => void): SetField =>
  (field, value, typing) =>
    edit(
      { kind: 'set', local, field, value } as Edit,
      typing === WITH_LAST ? typing : typing && `${local}.${field}.${typing}`,
    );
