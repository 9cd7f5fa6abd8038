import { useRouteContext } from '@tanstack/react-router';
import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { differences } from '../../definition/differences.ts';
import { isSame } from '../../definition/shape.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import { type Draft, draftOf, type Edit, unfinishedOf } from './draft.ts';
import { begin, step } from './history.ts';
import { definitionOf } from './input.ts';
import { calledAs, merge, withIds } from './merge.ts';
import type { Problem } from './problems.ts';
import { type KeptState, useKept } from './useKept.ts';
import { useHearOthers } from './useHearOthers.ts';
import { useProblems } from './useProblems.ts';
import { type Base, type SaveState, useSave } from './useSave.ts';

/** A draft of a workflow, and what can be done with it. */
export interface DraftState extends SaveState, Omit<KeptState, 'forgetRestored'> {
  workflowId: string;
  draft: Draft;
  /** What it was when this draft began: the saved workflow. */
  before: Draft;
  /** Edits with the same `coalesce` after each other are undone as one: typing in a field. */
  edit(edit: Edit, coalesce?: string): void;
  undo(): void;
  redo(): void;
  canUndo: boolean;
  canRedo: boolean;
  /** In how many fields it differs from what is saved, and how many texts wait to become values. */
  changes: number;
  /** The stages that differ from what is saved. */
  changed: ReadonlySet<string>;
  /** The version that somebody else saved since this draft began; null: nobody did. */
  theirVersion: number | null;
  /** The worst first. */
  problems: readonly Problem[];
  /** Nobody has looked for problems before it is. */
  isChecked: boolean;
  /** Lets all changes go; an undo brings them back. */
  discard(): void;
}

const NONE: readonly Problem[] = [];

/** Give it a workflow as the query brought it (`...DraftWorkflow @unmask`), and a `key` by its id to what calls this. */
export function useDraft(workflow: DraftWorkflowFragment, inputNames: readonly string[]): DraftState {
  const { session } = useRouteContext({ from: '__root__' });
  const [base, setBase] = useState<Base>(() => ({ version: workflow.version, draft: draftOf(workflow) }));
  const [history, dispatch] = useReducer(step, base.draft, begin);
  const { past, present: draft, future } = history;
  const latest = useRef(draft);
  latest.current = draft;

  const found = useMemo(() => differences(definitionOf(base.draft), definitionOf(draft)), [base, draft]);
  const changes = found.length + unfinishedOf(draft).length;
  const isChanged = changes > 0;
  const held = useMemo(
    () => (isChanged ? { version: base.version, before: base.draft, draft } : null),
    [isChanged, base, draft],
  );
  const { forgetRestored, ...kept } = useKept(session.userId(), workflow.id, held, (restored) => {
    setBase({ version: restored.version, draft: restored.before });
    dispatch({ kind: 'begin', draft: restored.draft });
  });
  const saving = useSave(
    workflow.id,
    base,
    () => latest.current,
    (next, ...actions) => {
      setBase(next);
      actions.forEach(dispatch);
    },
  );

  const problems = useProblems(draft, inputNames);
  useHearOthers(workflow.id);
  const isNewer = workflow.version > base.version && !saving.isSaving;
  useEffect(() => {
    if (!isNewer || isChanged) return;
    const saved = calledAs(draftOf(workflow), base.draft);
    setBase({ version: workflow.version, draft: saved });
    // What was undone or let go can still be brought back, on what there is now.
    const each = (old: Draft) => withIds(merge(base.draft, saved, old).settle(new Map()), saved);
    dispatch({ kind: 'map', each });
  }, [isNewer, isChanged, workflow, base]);

  return {
    ...kept,
    ...saving,
    workflowId: workflow.id,
    draft,
    before: base.draft,
    edit: (edit, coalesce) => dispatch({ kind: 'edit', edit, coalesce: coalesce ?? null, at: Date.now() }),
    undo: () => dispatch({ kind: 'undo' }),
    redo: () => dispatch({ kind: 'redo' }),
    canUndo: past.length > 0,
    canRedo: future.length > 0,
    changes,
    changed: useMemo(() => changedStages(base.draft, draft), [base, draft]),
    theirVersion: isNewer && isChanged ? workflow.version : null,
    problems: problems ?? NONE,
    isChecked: problems !== null,
    discard: () => {
      forgetRestored();
      dispatch({ kind: 'replace', draft: base.draft });
    },
  };
}

function changedStages(before: Draft, after: Draft): ReadonlySet<string> {
  const was = new Map(before.stages.map((stage) => [stage.local, stage]));
  const changed = after.stages.filter((stage) => {
    const old = was.get(stage.local);
    return !old || old.order !== stage.order || !isSame(old.fields, stage.fields);
  });
  const unfinished = unfinishedOf(after).flatMap(({ local }) => local ?? []);
  return new Set([...changed.map(({ local }) => local), ...unfinished]);
}
