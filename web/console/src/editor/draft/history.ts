import { apply } from './apply.ts';
import type { Draft, Edit } from './draft.ts';

/** A draft with the way to it, and the way back from an undo. */
export interface History {
  past: readonly Draft[];
  present: Draft;
  future: readonly Draft[];
  /** What the last edit went on with, when it was, and when that began: typing in one field is undone as one. */
  last: { coalesce: string; at: number; since: number } | null;
}

export type HistoryAction =
  | { kind: 'edit'; edit: Edit; coalesce: string | null; at: number }
  | { kind: 'undo' }
  | { kind: 'redo' }
  /** Another draft, which an undo takes back. */
  | { kind: 'replace'; draft: Draft }
  /** Another draft, to which there is no way back: another version, or what was kept. */
  | { kind: 'begin'; draft: Draft }
  /** The draft and the ways as they are from now on: what was saved has ids, what others changed is there. */
  | { kind: 'map'; each: (draft: Draft) => Draft };

/** Joins an edit to the one before it, whatever that was. */
export const WITH_LAST = 'with the last';

/** Typing goes on for as long as it does not pause longer, and no longer than that, in milliseconds. */
const PAUSE = 1000;
const LONGEST = 10_000;
const MOST_STEPS = 500;

export const begin = (draft: Draft): History => ({ past: [], present: draft, future: [], last: null });

export function step(history: History, action: HistoryAction): History {
  const { past, present, future } = history;
  switch (action.kind) {
    case 'edit':
      return edited(history, action);
    case 'undo': {
      const before = past.at(-1);
      if (!before) return history;
      return { past: past.slice(0, -1), present: before, future: [present, ...future], last: null };
    }
    case 'redo': {
      const [after, ...rest] = future;
      if (!after) return history;
      return { past: [...past, present], present: after, future: rest, last: null };
    }
    case 'replace':
      return { past: [...past, present], present: action.draft, future: [], last: null };
    case 'begin':
      return begin(action.draft);
    case 'map':
      return {
        past: past.map(action.each),
        present: action.each(present),
        future: future.map(action.each),
        last: null,
      };
  }
}

function edited(history: History, { edit, coalesce, at }: Extract<HistoryAction, { kind: 'edit' }>): History {
  const { past, present, last } = history;
  const draft = apply(present, edit);
  if (draft === present) return history;
  if (coalesce === WITH_LAST && past.length > 0) return { ...history, present: draft };
  const before = coalesce !== null && last?.coalesce === coalesce ? last : null;
  const goesOn = before !== null && at - before.at <= PAUSE && at - before.since <= LONGEST;
  return {
    past: goesOn ? past : [...past, present].slice(-MOST_STEPS),
    present: draft,
    future: [],
    last: coalesce === null ? null : { coalesce, at, since: goesOn ? before.since : at },
  };
}
