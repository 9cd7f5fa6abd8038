import { useState } from 'react';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import { type Draft, draftOf, type Edit } from './draft.ts';
import type { Problem } from './problems.ts';

/** A draft of a workflow, and what can be done with it. */
export interface DraftState {
  draft: Draft;
  /** What it was when this draft began: the saved workflow. */
  before: Draft;
  /** Edits with the same `coalesce` after each other are undone as one: typing in a field. */
  edit(edit: Edit, coalesce?: string): void;
  undo(): void;
  redo(): void;
  canUndo: boolean;
  canRedo: boolean;
  /** In how many fields it differs from what is saved. */
  changes: number;
  /** The stages that differ from what is saved. */
  changed: ReadonlySet<string>;
  /** When it was last kept on this machine; null: nothing to keep, or it cannot be kept. */
  keptAt: number | null;
  /** The worst first. */
  problems: readonly Problem[];
}

/** Give it a workflow as the query brought it (`...DraftWorkflow @unmask`), and a `key` by its id to what calls this. */
export function useDraft(workflow: DraftWorkflowFragment): DraftState {
  const [draft] = useState(() => draftOf(workflow));
  return {
    draft,
    before: draft,
    edit: () => {},
    undo: () => {},
    redo: () => {},
    canUndo: false,
    canRedo: false,
    changes: 0,
    changed: new Set(),
    keptAt: null,
    problems: [],
  };
}
