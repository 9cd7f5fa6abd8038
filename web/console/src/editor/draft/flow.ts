// What may be there when a stage begins, by every way that a run can take from stage to stage: passes, values and fails, loops
// included. It is the server's (`domain/problem/flow`), so that what is proposed is what no check calls unresolved:
//
// 1. A run begins at the first stage, with nothing.
// 2. A stage leaves something where it passes, and something else where it fails, on top of what was there when it began.
// 3. What may be there at a stage is all that may come to it on any way; that is gone through until nothing is added.

import { afterFail, afterPass, byValue, placeOf } from '../stages/wires.ts';
import type { DraftStage } from './draft.ts';

/** Something that a stage may have left: an output on which there was a verdict, what was said of it, an answer without one. */
export type Left = 'output' | 'notes' | 'failed';

/** Whether this may be there, of the stage at one place of the list, when the stage at another begins. */
export type Flow = (left: Left, source: number, at: number) => boolean;

/** A list of stages is gone through once: whoever types changes the list, and all texts are asked about it. */
const known = new WeakMap<readonly DraftStage[], Flow>();

export function flowOf(stages: readonly DraftStage[]): Flow {
  const flow = known.get(stages) ?? flowThrough(stages);
  known.set(stages, flow);
  return flow;
}

function flowThrough(stages: readonly DraftStage[]): Flow {
  const before = spread(stages);
  return (left, source, at) => {
    const there = before[at];
    // What would be there if a run came to a stage that none comes to, nobody knows: then it may be anything.
    return there === undefined || (there & bit(left, source)) !== 0n;
  };
}

const PARTS: readonly Left[] = ['output', 'notes', 'failed'];

/** What a stage may have left is a bit in a set of all that may be there. */
const bit = (left: Left, place: number): bigint => 1n << BigInt(place * PARTS.length + PARTS.indexOf(left));

/** What may be there when each stage begins; undefined where no run comes. */
function spread(stages: readonly DraftStage[]): (bigint | undefined)[] {
  const ways = stages.map((stage, at) => ({
    stage,
    // Thousands of values may lead to one stage.
    passes: [
      afterPass(stages, at),
      ...[...new Set(byValue(stage).map(([, to]) => to))].map((to) => placeOf(stages, to)),
    ],
    fails: [afterFail(stages, at)],
  }));
  const before: (bigint | undefined)[] = stages.map(() => undefined);
  const changed: number[] = [];
  const bring = (targets: readonly (number | null)[], brought: bigint) => {
    for (const to of targets) {
      if (to === null) continue;
      const all = (before[to] ?? 0n) | brought;
      if (all === before[to]) continue;
      before[to] = all;
      changed.push(to);
    }
  };
  if (stages.length > 0) bring([0], 0n);
  for (let at = changed.pop(); at !== undefined; at = changed.pop()) {
    const [way, there] = [ways[at], before[at]];
    if (!way || there === undefined) continue;
    bring(way.passes, passed(there, at, way.stage));
    bring(way.fails, failed(there, at, way.stage));
  }
  return before;
}

/** Of what its items were told nothing is kept together. */
function passed(there: bigint, at: number, { fields: { validationType, forEach } }: DraftStage): bigint {
  const isSaid = forEach === null && (validationType === 'LLM' || validationType === 'MANUAL');
  const all = (there | bit('output', at)) & ~bit('failed', at);
  return isSaid ? all | bit('notes', at) : all & ~bit('notes', at);
}

/** Without a verdict there is no output, and an item's verdict is not the stage's. */
function failed(there: bigint, at: number, { fields: { validationType, forEach } }: DraftStage): bigint {
  const all = there | bit('failed', at);
  return forEach === null && validationType !== 'NONE' ? all | bit('output', at) | bit('notes', at) : all;
}
