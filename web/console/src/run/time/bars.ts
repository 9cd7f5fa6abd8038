// The attempts of a run as bars on its scale.

import type { Attempt } from '@footlight/client';
import { nameOf, nameOfJoined, type Outcome, outcomeOf } from './names.ts';
import { groupNarrow, type Placed } from './narrow.ts';
import { extentsOf, type PartKind, type Piece, runsOf } from './pieces.ts';
import type { Scale } from './scale.ts';
import { type Tracked, trackAll } from './tracks.ts';
import type { Waited } from './waits.ts';

interface Part {
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

/** In the order of time; what is too narrow is joined with its neighbours in the same row. */
export function barsOf(
  attempts: readonly Attempt[],
  waits: readonly Waited[],
  scale: Scale,
  end: number,
  rowOf: (attempt: Attempt) => number,
): Bar[] {
  const stretches = trackAll(attempts, end).flatMap((tracked) =>
    stretchesOf(tracked, rowOf(tracked.attempt), waits, scale, end),
  );
  const several = placesWithSeveral(attempts);
  return groupNarrow(stretches)
    .map((group) => {
      if (group.length > 1) return joinedBarOf(group);
      const runs = runsOf(group[0].attempt, waits, end);
      return barOf(group[0], runs, scale, several);
    })
    .sort((one, other) => one.place - other.place);
}

/** What lies in one piece on the scale: all of an attempt, or what is between two waits of the whole run. */
interface Stretch extends Placed {
  readonly id: string;
  readonly attempt: Attempt;
  readonly outcome: Outcome;
  /** Which of the attempt's runs it is. */
  readonly run: number;
}

function stretchesOf(
  { attempt, track, tracks, before }: Tracked,
  row: number,
  waits: readonly Waited[],
  scale: Scale,
  end: number,
): Stretch[] {
  const extents = extentsOf(attempt, waits, end);
  const outcome = outcomeOf(attempt, extents.at(-1)?.until === end);
  return extents.map(({ from, until }, run) => {
    const id = run === 0 ? attempt.logId : `${attempt.logId}/${run}`;
    const place = scale.at(from);
    const width = scale.at(Math.max(from, Math.min(until, before))) - place;
    return { id, attempt, outcome, run, place, width, row, track, tracks };
  });
}

function barOf(stretch: Stretch, runs: readonly Piece[][], scale: Scale, several: ReadonlySet<number>): Bar {
  const { id, attempt, outcome, run, place, width, track, tracks } = stretch;
  const name = nameOf(attempt, runs.flat(), outcome, several.has(placeOf(attempt)));
  const parts = partsOf(runs[run] ?? [], scale, stretch);
  return { id, attempts: [attempt], place, width, parts, outcome, name, track, tracks, logId: attempt.logId };
}

/** Less than a pixel is not drawn, unless it is all there is. */
function partsOf(pieces: readonly Piece[], scale: Scale, bar: { place: number; width: number }): Part[] {
  const parts = pieces.map(({ kind, from, until }) => {
    const place = scale.at(from) - bar.place;
    return { kind, place, width: Math.min(scale.at(until) - bar.place, bar.width) - place };
  });
  const seen = parts.filter(({ width }) => width >= 1);
  return seen.length > 0 ? seen : parts.slice(0, 1);
}

function joinedBarOf(group: readonly [Stretch, ...Stretch[]]): Bar {
  const [{ id, place, track, tracks }, last] = [group[0], group.at(-1) as Stretch];
  const attempts = [...new Set(group.map(({ attempt }) => attempt))];
  const outcomes = group.map(({ outcome }) => outcome);
  const told = group.find(({ outcome }) => outcome !== 'passed') ?? group[0];
  const width = last.place + last.width - place;
  return {
    id,
    attempts,
    place,
    width,
    parts: [{ kind: 'model', place: 0, width }],
    outcome: togetherOf(outcomes),
    name: nameOfJoined(attempts, outcomes),
    track,
    tracks,
    logId: told.attempt.logId,
  };
}

function togetherOf(outcomes: readonly Outcome[]): Outcome {
  const told = outcomes.find((outcome) => outcome === 'live' || outcome === 'you') ?? outcomes[0];
  if (told === 'live' || told === 'you' || outcomes.every((outcome) => outcome === told)) return told as Outcome;
  return 'mixed';
}

/** More than any list has. */
const MOST_ITEMS = 1_000_000;

/** A stage, or an item of its list, as a number: of thousands, texts would take their time. */
const placeOf = ({ stageOrder, itemIndex }: Attempt) => stageOrder * MOST_ITEMS + (itemIndex ?? -1);

function placesWithSeveral(attempts: readonly Attempt[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const several = new Set<number>();
  for (const attempt of attempts) {
    const place = placeOf(attempt);
    (seen.has(place) ? several : seen).add(place);
  }
  return several;
}
