import { type Scale, STEPS } from './scale.ts';

export interface TickMark {
  readonly place: number;
  readonly label: string;
}

/** About the width of a figure of the axis, and the least room between two labels. */
const FIGURE = 7;
const ROOM = 16;
const CLOSEST = 72;

/** The marks of the axis, at round times since the start. None stands in a fold, runs into another or leaves the axis. */
export function ticksOf(scale: Scale, start: number, end: number): TickMark[] {
  const step = STEPS.find((one) => one * scale.pixelsPerMs >= CLOSEST) ?? (STEPS.at(-1) as number);
  const ticks: TickMark[] = [];
  let free = 0;
  for (const [from, until] of stretchesBetween(scale, start, end)) {
    for (let passed = Math.ceil((from - start) / step) * step; start + passed <= until; passed += step) {
      const [place, label] = [scale.at(start + passed), elapsed(passed)];
      const width = label.length * FIGURE;
      if (place < free || place + width > scale.width) continue;
      ticks.push({ place, label });
      free = place + width + ROOM;
    }
  }
  return ticks;
}

/** What is to scale: all but the folds. */
function stretchesBetween({ folds }: Scale, start: number, end: number): [number, number][] {
  const froms = [start, ...folds.map(({ until }) => until)];
  const untils = [...folds.map(({ from }) => from), end];
  return froms.map((from, index) => [from, untils[index] as number]);
}

/** Time since the start as a clock shows it: `0:30`, `2:16:30`; with tenths where there are any. */
export function elapsed(ms: number): string {
  const tenths = Math.round(ms / 100);
  const [seconds, rest] = [Math.floor(tenths / 10), tenths % 10];
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  return rest === 0 ? clock : `${clock}.${rest}`;
}
