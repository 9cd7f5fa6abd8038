import type { Wire } from './wires.ts';

/** A wire with the lane that it runs in, from 0 beside the stages. */
export interface LaidWire extends Wire {
  lane: number;
}

/** A pass to the next stage needs no lane: it is the trunk. */
export const isTrunk = ({ from, to, kind }: Wire): boolean => kind === 'pass' && to === from + 1;

/** Gives wires lanes in which none lies over another: the short ones near the stages, so that few lines are crossed. */
export function layWires(wires: readonly Wire[]): LaidWire[] {
  const short = [...wires].sort((one, other) => length(one) - length(other) || top(one) - top(other));
  const laid: LaidWire[] = [];
  for (const wire of short) {
    const taken = new Set(laid.filter((other) => overlap(wire, other)).map(({ lane }) => lane));
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    laid.push({ ...wire, lane });
  }
  return laid;
}

const top = ({ from, to }: Wire) => Math.min(from, to);
const bottom = ({ from, to }: Wire) => Math.max(from, to);
const length = (wire: Wire) => bottom(wire) - top(wire);

/** Do they share a stretch, or a stage at which both turn? */
const overlap = (one: Wire, other: Wire): boolean => top(one) <= bottom(other) && top(other) <= bottom(one);
