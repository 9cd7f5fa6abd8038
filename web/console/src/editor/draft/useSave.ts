import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { tellElsewhere } from '../../app/elsewhere.ts';
import type { FootlightError } from '@footlight/client';
import { exactWorkflow, writtenAs } from './exactDraft.ts';
import { type Draft, draftOf, unfinishedOf } from './draft.ts';
import type { HistoryAction } from './history.ts';
import { calledAs, type Merge, merge, savedAs, type Side, withIds } from './merge.ts';
import { SavedWorkflowDocument } from './SavedWorkflow.generated.ts';
import { placeOf, restOf, sendDraft } from './save.ts';

/** The saved workflow that a draft began from. */
export interface Base {
  version: number;
  draft: Draft;
}

/** Why something was not saved, and where it is in the draft. */
export interface SaveFault {
  message: string;
  local: string | null;
  field: string | null;
  /** The stages are saved, and this is about the rest. */
  isHalf: boolean;
}

/** Somebody else saved meanwhile. */
export interface Conflict extends Merge {
  theirs: Base;
}

export interface SaveState {
  isSaving: boolean;
  fault: SaveFault | null;
  conflict: Conflict | null;
  /** True when all of it is saved. */
  save: () => Promise<boolean>;
  /** Goes on from their version, with what both changed, and of what clashes what was chosen. */
  settle: (choices: ReadonlyMap<string, Side>) => void;
  /** Takes in what is theirs now. False where both changed the same: then it is a conflict, which asks. */
  takeIn: () => Promise<boolean>;
  /** Forgets what the last save said. */
  putOff: () => void;
}

const NOTHING: ReadonlyMap<string, Side> = new Map();

export function useSave(
  workflowId: string,
  base: Base,
  present: () => Draft,
  rebase: (base: Base, ...actions: HistoryAction[]) => void,
): SaveState {
  const client = useApolloClient();
  const [isSaving, setIsSaving] = useState(false);
  const [fault, setFault] = useState<SaveFault | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);

  const meet = async (): Promise<Conflict> => {
    const { data } = await client.query({
      query: SavedWorkflowDocument,
      variables: { id: workflowId },
      fetchPolicy: 'network-only',
    });
    const workflow = data?.workflow && (await exactWorkflow(client, data.workflow));
    if (!workflow) throw new Error('The workflow is gone: somebody deleted it. What you wrote is still here.');
    const theirs = { version: workflow.version, draft: calledAs(draftOf(workflow), base.draft) };
    return { theirs, ...merge(base.draft, theirs.draft, present()) };
  };

  const refuse = async (error: FootlightError, sent: Draft, isHalf: boolean) => {
    const field = error.code === 'BAD_USER_INPUT' || error.code === 'LIMIT_EXCEEDED' ? error.field : undefined;
    const fault = { message: error.message, isHalf, ...placeOf(sent, field) };
    setFault(fault);
    if (error.code !== 'CONFLICT' || isHalf) return;
    try {
      setConflict(await meet());
      setFault(null);
    } catch (problem) {
      setFault({ ...fault, message: problem instanceof Error ? problem.message : String(problem) });
    }
  };

  const save = async (): Promise<boolean> => {
    const sent = present();
    const [half] = unfinishedOf(sent);
    if (half) {
      const { label, why, local, field } = half;
      setFault({ message: `${label} cannot be taken over yet: ${why}`, local, field, isHalf: false });
      return false;
    }
    setIsSaving(true);
    setFault(null);
    const known = { id: workflowId, version: base.version };
    const { workflow, error } = await sendDraft(client, known, base.draft, sent);
    if (workflow) {
      tellElsewhere(workflowId);
      const saved = writtenAs(savedAs(draftOf(workflow), sent), sent);
      // Where it took the stages alone, the rest is not saved yet: it stays a change.
      const taken = error ? { ...sent, ...restOf(base.draft) } : sent;
      const each = (draft: Draft) => withIds(merge(taken, saved, draft).settle(NOTHING), saved);
      rebase({ version: workflow.version, draft: saved }, { kind: 'map', each });
    }
    if (error) await refuse(error, sent, workflow !== null);
    setIsSaving(false);
    return error === null;
  };

  const takeIn = async () => {
    const met = await meet();
    if (met.clashes.length === 0) settleIn(met, NOTHING);
    else setConflict(met);
    return met.clashes.length === 0;
  };

  const settleIn = ({ theirs }: Conflict, choices: ReadonlyMap<string, Side>) => {
    const now = (draft: Draft, chosen = NOTHING) =>
      withIds(merge(base.draft, theirs.draft, draft).settle(chosen), theirs.draft);
    // An undo brings back what is mine, also where theirs was chosen.
    rebase(theirs, { kind: 'map', each: (draft) => now(draft) }, { kind: 'replace', draft: now(present(), choices) });
    setConflict(null);
  };

  const settle = (choices: ReadonlyMap<string, Side>) => conflict && settleIn(conflict, choices);

  const putOff = () => {
    setFault(null);
    setConflict(null);
  };

  return { isSaving, fault, conflict, save, settle, takeIn, putOff };
}
