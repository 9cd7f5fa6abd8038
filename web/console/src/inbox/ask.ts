import { ordinal } from '../ui/time.ts';
import type { PinnedStage } from './pinned.ts';

/** What a decision on this answer does, in one sentence. `refusals` counts those of this visit so far. */
export function askOf(stages: readonly PinnedStage[], order: number, refusals: number): string {
  const stage = stages.find((one) => one.order === order);
  if (!stage) return 'Pass this answer, and the run goes on with it; fail it, and the run takes its other way.';
  return `Pass this answer, and ${afterPass(stages, stage)}. Fail it, and ${afterFail(stages, stage, refusals)}.`;
}

function afterPass(stages: readonly PinnedStage[], { order, onPass, hasRoutes }: PinnedStage): string {
  if (hasRoutes) return 'a value in the run decides where it goes on';
  const next = onPass ?? stages.find((stage) => stage.order > order)?.order ?? 0;
  if (next === 0) return 'the run is completed with it';
  return `${label(stages, next)}${named(stages, next) ? ',' : ''} goes on with it`;
}

function afterFail(stages: readonly PinnedStage[], stage: PinnedStage, refusals: number): string {
  if (refusals < stage.retryLimit) {
    const given = stage.retryHasNotes ? ', and is given your notes' : '';
    return `the model answers again, for the ${times(refusals + 1, stage.retryLimit)}${given}`;
  }
  if (!stage.onFail) return 'the run ends as failed';
  return `the run goes on with ${label(stages, stage.onFail)}`;
}

const times = (which: number, of: number) => (which === of ? 'last time' : `${ordinal(which + 1)} of ${of + 1} times`);

const named = (stages: readonly PinnedStage[], order: number) =>
  stages.find((stage) => stage.order === order)?.name ?? null;

function label(stages: readonly PinnedStage[], order: number): string {
  const name = named(stages, order);
  return name ? `stage ${order}, ${name}` : `stage ${order}`;
}
