import { useEffect, useState } from 'react';
import type { DraftStage } from './draft/draft.ts';

/**
 * The stage that is open. The URL names it by its order, which changes when stages come, go and move: the page stays at
 * the stage, and the URL follows. Null is the workflow itself, order 0; without an order it is the first stage.
 */
export function useChosenStage(
  stages: readonly DraftStage[],
  order: number | undefined,
  onOrder: (order: number) => void,
): DraftStage | null {
  const [held, setHeld] = useState(() => ({ order, ...placed(stages, named(stages, order)) }));
  let chosen: DraftStage | null;
  if (held.order !== order) chosen = named(stages, order);
  else if (held.local === null) chosen = order === 0 ? null : named(stages, order);
  // One that is gone leaves its place to the next.
  else chosen = stages.find(({ local }) => local === held.local) ?? stages[Math.min(held.place, stages.length - 1)] ?? null;
  const now = placed(stages, chosen);
  if (held.order !== order || held.local !== now.local || held.place !== now.place) setHeld({ order, ...now });
  const actual = chosen?.order ?? 0;
  useEffect(() => {
    if (order !== undefined && order !== actual) onOrder(actual);
    if (order === undefined && stages[0] && chosen !== stages[0]) onOrder(actual);
  });
  return chosen;
}

function named(stages: readonly DraftStage[], order: number | undefined): DraftStage | null {
  if (order === 0) return null;
  return stages.find((stage) => stage.order === order) ?? stages[0] ?? null;
}

const placed = (stages: readonly DraftStage[], stage: DraftStage | null) => ({
  local: stage?.local ?? null,
  place: stage ? stages.indexOf(stage) : 0,
});
