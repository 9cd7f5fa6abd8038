import { useEffect, useState } from 'react';
import { isSame } from '../definition/shape.ts';
import type { DraftStage } from './draft/draft.ts';

/** The stage that is open: what the URL said of it when it was opened, what it is called here, and its place. */
interface Held {
  order: number | undefined;
  local: string | null;
  place: number;
  isComplete: boolean;
}

/**
 * The stage that is open. The URL names it by its order, which changes when stages come, go and move: the page stays at
 * the stage, and the URL follows. Null is the workflow itself, order 0; without an order it is the first stage. While the stages are not
 * complete, as before a draft is back, the URL may name one that is still to come.
 */
export function useChosenStage(
  stages: readonly DraftStage[],
  order: number | undefined,
  onOrder: (order: number) => void,
  isComplete = true,
): DraftStage | null {
  const [held, setHeld] = useState(() => holding(stages, order, named(stages, order), isComplete));
  const chosen = held.isComplete && held.order === order ? kept(stages, held) : named(stages, order);
  const now = holding(stages, order, chosen, isComplete);
  if (!isSame(held, now)) setHeld(now);
  const actual = chosen?.order ?? 0;
  useEffect(() => {
    if (isComplete && actual !== (order ?? stages[0]?.order ?? 0)) onOrder(actual);
  });
  return chosen;
}

function named(stages: readonly DraftStage[], order: number | undefined): DraftStage | null {
  if (order === 0) return null;
  return stages.find((stage) => stage.order === order) ?? stages[0] ?? null;
}

/** The same stage; one that is gone leaves its place to the next. */
function kept(stages: readonly DraftStage[], { local, place, order }: Held): DraftStage | null {
  if (local === null) return named(stages, order);
  return stages.find((stage) => stage.local === local) ?? stages[Math.min(place, stages.length - 1)] ?? null;
}

const holding = (
  stages: readonly DraftStage[],
  order: number | undefined,
  stage: DraftStage | null,
  isComplete: boolean,
): Held => ({
  isComplete,
  order,
  local: stage?.local ?? null,
  place: stage ? stages.indexOf(stage) : 0,
});
