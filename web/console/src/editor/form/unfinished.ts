import { createContext, use, useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Edit, Unfinished } from '../draft/draft.ts';
import { WITH_LAST } from '../draft/history.ts';

/** What is written in this form and cannot be taken over yet: it is a part of the draft. */
export interface UnfinishedTexts {
  local: string | null;
  all: readonly Unfinished[];
  edit: (edit: Edit, coalesce?: string) => void;
}

export const UnfinishedContext = createContext<UnfinishedTexts>({ local: null, all: [], edit: () => {} });

/** The text of a control while it cannot be taken over, and the way to keep or forget it. */
export function useUnfinished(label: string): {
  left: string | undefined;
  /** `typing` is what its control calls typing in it: what cannot be taken over, and what then can, are undone as one. */
  leave: (left: Pick<Unfinished, 'text' | 'why'>, at: Element, typing: string) => void;
  forget: () => void;
} {
  const { local, all, edit } = use(UnfinishedContext);
  const left = all.find((one) => one.local === local && one.label === label);
  const forget = (called = label) => edit({ kind: 'finished', local, label: called }, WITH_LAST);
  const keep = (one: Omit<Unfinished, 'local' | 'label'>, coalesce: string) =>
    edit({ kind: 'unfinished', left: { local, label, ...one } }, coalesce);

  // A control may be called by a name that is written beside it: what it holds goes with it.
  const before = useRef(label);
  const follow = useEffectEvent((called: string) => {
    const held = all.find((one) => one.local === local && one.label === called);
    if (!held) return;
    forget(called);
    keep({ field: held.field, text: held.text, why: held.why }, WITH_LAST);
  });
  useEffect(() => {
    if (before.current !== label) follow(before.current);
    before.current = label;
  }, [label]);

  return {
    left: left?.text,
    leave: (one, at, typing) => {
      const field = at.closest<HTMLElement>('[data-field]')?.dataset.field ?? null;
      keep({ field, ...one }, `${local ?? 'workflow'}.${field ?? label}.${typing}`);
    },
    forget: () => left && forget(),
  };
}

/** Whether a part is shown as JSON: by choice, and for as long as there is JSON in it that is none yet. */
export function useAsJson(label: string, isFirst = false): [isWanted: boolean, toggle: () => void] {
  const { left } = useUnfinished(label);
  const [isWanted, setWanted] = useState(isFirst || left !== undefined);
  if (left !== undefined && !isWanted) setWanted(true);
  return [isWanted, () => setWanted(left !== undefined || !isWanted)];
}
