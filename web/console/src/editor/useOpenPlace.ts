import { useEffect, useRef } from 'react';
import type { DraftStage } from './draft/draft.ts';
import { focusPlace } from './form/places.ts';

/** Leads to a place: opens its stage, and goes to its field once that is shown. */
export function useOpenPlace({
  root,
  stages,
  chosen,
  show,
}: {
  root: React.RefObject<HTMLElement | null>;
  stages: readonly DraftStage[];
  chosen: DraftStage | null;
  show: (order: number) => void;
}): (local: string | null, field: string | null) => void {
  const waiting = useRef<{ local: string | null; field: string | null } | null>(null);
  const shown = useRef<object | null>(null);
  const at = chosen?.local ?? null;
  const go = () => {
    const place = waiting.current;
    if (!place || !root.current) return;
    if (place.local !== at) {
      // A stage that was just added is here only now.
      const stage = stages.find(({ local }) => local === place.local);
      if (stage && shown.current !== place) show(stage.order);
      if (stage) shown.current = place;
      return;
    }
    waiting.current = null;
    if (!focusPlace(root.current, place.field ?? 'name')) root.current.scrollTo({ top: 0 });
  };
  useEffect(go);
  return (local, field) => {
    waiting.current = { local, field };
    if (local === null && at !== null) show(0);
    go();
  };
}
