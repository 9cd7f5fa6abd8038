import type { LaidWire } from './lanes.ts';

/** The height of a stage's row; the lines are drawn by it. */
export const ROW = 47;
/** Where the trunk is, from the left of the lines. */
const TRUNK = 14;
const FIRST_LANE = 32;
const WIDTH = 76;

export const yOf = (place: number): number => place * ROW + ROW / 2;

/** The trunk between a stage and the next. */
export const trunkPath = (from: number): string => `M${TRUNK} ${yOf(from) + 6}V${yOf(from + 1) - 6}`;

/** Where a lane is: they stand closer when there are many. */
function laneX(lane: number, lanes: number): number {
  const gap = Math.min(14, (WIDTH - 4 - FIRST_LANE) / Math.max(1, lanes - 1));
  return Math.round((FIRST_LANE + lane * gap) * 10) / 10;
}

/** From a stage out into a lane, and back to where it leads. */
export function wirePath({ from, to, lane }: LaidWire, lanes: number): string {
  const x = laneX(lane, lanes);
  const [start, end] = [yOf(from), yOf(to) - 4];
  const turn = Math.min(8, Math.abs(end - start) / 2);
  const down = end > start ? turn : -turn;
  return `M${TRUNK + 6} ${start}H${x - turn}q${turn} 0 ${turn} ${down}V${end - down}q0 ${down} ${-turn} ${down}H${TRUNK + 11}`;
}

export const arrowPath = ({ to }: LaidWire): string => `M${TRUNK + 15} ${yOf(to) - 8}l-5 4 5 4`;

export const lanesOf = (wires: readonly LaidWire[]): number => Math.max(0, ...wires.map(({ lane }) => lane + 1));

export { TRUNK, WIDTH };
