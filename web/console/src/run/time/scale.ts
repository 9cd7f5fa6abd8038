// From time to place. Time passes at one rate over the whole width, but for long waits: unless somebody unfolded it, each
// of them takes the same few pixels, however long it was.

import type { Waited } from './waits.ts';

const FOLD_WIDTH = { wide: 112, narrow: 28 };
/** Folds never take more of the width than this. */
const MOST_FOLDED = 0.4;
/** A run that goes on has room ahead, so that only what is alive grows, and the rest stands still. */
const AHEAD = 10;

export interface Scale {
  /** Where a moment is, in pixels from the start. */
  at(time: number): number;
  readonly width: number;
  readonly pixelsPerMs: number;
  /** What is folded, in the order of time. */
  readonly folds: readonly Waited[];
}

export interface Extent {
  readonly start: number;
  /** The last moment that is known of: now, for a run that goes on. */
  readonly end: number;
  readonly goesOn: boolean;
  /** In pixels, to be shared by the time that passed. */
  readonly width: number;
  readonly isNarrow: boolean;
}

export function scaleOf(extent: Extent, waits: readonly Waited[], unfolded: ReadonlySet<number>): Scale {
  const { start, end, goesOn, width } = extent;
  const folds = waits.filter(({ from, isLong }) => isLong && !unfolded.has(from));
  const foldWidth = widthOfFold(extent, folds.length);
  const passed = end - start - folds.reduce((sum, { from, until }) => sum + until - from, 0);
  const grows = goesOn && !folds.some(({ isOpen }) => isOpen);
  const horizon = Math.max(grows ? withRoom(passed) : passed, 1);
  const pixelsPerMs = (width - folds.length * foldWidth) / horizon;
  return { at: interpolate(knotsOf(extent, folds, foldWidth, pixelsPerMs)), width, pixelsPerMs, folds };
}

function widthOfFold({ width, isNarrow }: Extent, count: number): number {
  const wanted = isNarrow ? FOLD_WIDTH.narrow : FOLD_WIDTH.wide;
  return count === 0 ? wanted : Math.min(wanted, (width * MOST_FOLDED) / count);
}

/** The next round number of milliseconds. */
function withRoom(passed: number): number {
  const step = STEPS.find((one) => one * AHEAD >= passed) ?? DAY;
  return Math.max(Math.ceil((passed + step / 4) / step) * step, 5_000);
}

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const DAY = 24 * HOUR;

/** Steps that people count time in. */
export const STEPS: readonly number[] = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];

interface Knot {
  readonly time: number;
  readonly place: number;
}

function knotsOf({ start, end }: Extent, folds: readonly Waited[], foldWidth: number, pixelsPerMs: number): Knot[] {
  const knots: Knot[] = [{ time: start, place: 0 }];
  const goOn = (time: number, add: number) => {
    const last = knots.at(-1) as Knot;
    knots.push({ time, place: last.place + add });
  };
  for (const { from, until } of folds) {
    goOn(from, (from - (knots.at(-1) as Knot).time) * pixelsPerMs);
    goOn(until, foldWidth);
  }
  goOn(end, Math.max(0, end - (knots.at(-1) as Knot).time) * pixelsPerMs);
  return knots;
}

function interpolate(knots: readonly Knot[]): (time: number) => number {
  return (time) => {
    let [low, high] = [0, knots.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((knots[middle] as Knot).time <= time) low = middle;
      else high = middle;
    }
    const [one, other] = [knots[low] as Knot, knots[high] as Knot];
    if (other.time <= one.time) return one.place;
    const share = Math.min(Math.max((time - one.time) / (other.time - one.time), 0), 1);
    return hundredths(one.place + share * (other.place - one.place));
  };
}

/** So that what stands still is the same number every second. */
const hundredths = (pixels: number) => Math.round(pixels * 100) / 100;
