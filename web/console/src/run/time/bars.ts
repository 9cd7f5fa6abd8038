// The attempts of a run as bars on its scale.

import type { Attempt } from '@footlight/client';
import { nameOf, nameOfJoined, type Outcome, outcomeOf } from './names.ts';
import { type PartKind, type Piece, runsOf } from './pieces.ts';
import type { Scale } from './scale.ts';
import { type Tracked, trackAll } from './tracks.ts';
import type { Waited } from './waits.ts';

export interface Part {
  readonly kind: PartKind;
  /** In pixels, from the left edge of its bar. */
  readonly place: number;
  readonly width: number;
}

export interface Bar {
  readonly id: string;
  /** Several where they are too narrow to be told apart. */
  readonly attempts: readonly Attempt[];
  readonly place: number;
  readonly width: number;
  readonly parts: readonly Part[];
  readonly outcome: Outcome;
  readonly name: string;
  /** Of items side by side: which of how many tracks, from the foot. */
  readonly track: number;
  readonly tracks: number;
  /** The attempt that is shown when it is pressed. */
  readonly logId: string;
}

/** Narrower bars are joined with their neighbours, up to what a finger or an eye can find. */
export const NARROWEST = 4;
const JOINED = 24;

/** In the order of time; bars of one row may be joined. */
export function barsOf(
  attempts: readonly Attempt[],
  waits: readonly Waited[],
  scale: Scale,
  end: number,
  rowOf: (attempt: Attempt) => number,
): Bar[] {
  const several = placesWithSeveral(attempts);
  const single = trackAll(attempts, end).flatMap((tracked) => barsOfOne(tracked, waits, scale, end, several));
  return join(single, rowOf).sort((one, other) => one.place - other.place);
}

function barsOfOne(
  { attempt, track, tracks }: Tracked,
  waits: readonly Waited[],
  scale: Scale,
  end: number,
  several: ReadonlySet<string>,
): Bar[] {
  const runs = runsOf(attempt, waits, end);
  const all = runs.flat();
  const outcome = outcomeOf(attempt, all.at(-1)?.until === end);
  const name = nameOf(attempt, all, outcome, several.has(placeOf(attempt)));
  return runs.map((pieces, index) => {
    const place = scale.at((pieces[0] as Piece).from);
    const width = scale.at((pieces.at(-1) as Piece).until) - place;
    const id = index === 0 ? attempt.logId : `${attempt.logId}/${index}`;
    const parts = partsOf(pieces, scale, place);
    return { id, attempts: [attempt], place, width, parts, outcome, name, track, tracks, logId: attempt.logId };
  });
}

/** Less than a pixel is not drawn, unless it is all there is. */
function partsOf(pieces: readonly Piece[], scale: Scale, origin: number): Part[] {
  const parts = pieces.map(({ kind, from, until }) => {
    const place = scale.at(from);
    return { kind, place: place - origin, width: scale.at(until) - place };
  });
  const seen = parts.filter(({ width }) => width >= 1);
  return seen.length > 0 ? seen : parts.slice(0, 1);
}

function join(bars: readonly Bar[], rowOf: (attempt: Attempt) => number): Bar[] {
  const done: Bar[] = [];
  const open = new Map<string, Bar[]>();
  const close = (group: Bar[]) => {
    if (group.length > 0) done.push(group.length === 1 ? (group[0] as Bar) : joined(group));
  };
  for (const bar of bars) {
    const row = `${rowOf(bar.attempts[0] as Attempt)}/${bar.track}/${bar.tracks}`;
    const group = open.get(row) ?? [];
    if (group.length > 0 && fits(group, bar)) {
      group.push(bar);
      continue;
    }
    close(group);
    open.set(row, [bar]);
  }
  for (const group of open.values()) close(group);
  return done;
}

/** Both are narrow, they touch but for less than the least width, and together they are no more than can be found. */
function fits(group: readonly Bar[], bar: Bar): boolean {
  const [first, last] = [group[0] as Bar, group.at(-1) as Bar];
  const isNarrow = last.width < NARROWEST && bar.width < NARROWEST;
  const gap = bar.place - (last.place + last.width);
  return isNarrow && gap < NARROWEST && bar.place + bar.width - first.place <= JOINED;
}

function joined(group: readonly Bar[]): Bar {
  const [first, last] = [group[0] as Bar, group.at(-1) as Bar];
  const attempts = [...new Set(group.flatMap((bar) => bar.attempts))];
  const outcomes = group.map(({ outcome }) => outcome);
  const told = group.find(({ outcome }) => outcome !== 'passed') ?? first;
  const width = last.place + last.width - first.place;
  return {
    ...first,
    attempts,
    width,
    parts: [{ kind: 'model', place: 0, width }],
    outcome: outcomes.every((outcome) => outcome === first.outcome) ? first.outcome : mixedOf(outcomes),
    name: nameOfJoined(attempts, outcomes),
    logId: told.logId,
  };
}

const mixedOf = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.includes('live') ? 'live' : outcomes.includes('you') ? 'you' : 'mixed';

const placeOf = ({ stageOrder, itemIndex }: Attempt) => `${stageOrder}/${itemIndex}`;

function placesWithSeveral(attempts: readonly Attempt[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const several = new Set<string>();
  for (const attempt of attempts) {
    const place = placeOf(attempt);
    (seen.has(place) ? several : seen).add(place);
  }
  return several;
}
