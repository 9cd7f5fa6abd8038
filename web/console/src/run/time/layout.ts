// The time of a run as a picture of some width: pure, so that the components only draw.

import type { Attempt, RunState, RunTime } from '@footlight/client';
import { type Bar, barsOf } from './bars.ts';
import { type Label, labelsOf } from './labels.ts';
import { nameOfWait, WAITS } from './names.ts';
import { type Scale, scaleOf } from './scale.ts';
import { type TickMark, ticksOf } from './ticks.ts';
import { endOf, type Waited, waitsOf } from './waits.ts';

export interface Stage {
  readonly stageOrder: number;
  readonly name: string | null;
}

export interface View {
  readonly kind: 'lane' | 'score';
  /** In pixels. */
  readonly width: number;
  /** Since when the waits began that somebody unfolded. */
  readonly unfolded: ReadonlySet<number>;
}

/** A wait as a block; where it is long, it can be folded and unfolded. */
export interface Block {
  readonly wait: Waited;
  readonly place: number;
  readonly width: number;
  readonly isFolded: boolean;
  readonly whom: string;
  readonly name: string;
}

interface ToCome {
  readonly stageOrder: number;
  readonly place: number;
  readonly width: number;
  readonly hasNumber: boolean;
}

export interface TimeLayout {
  readonly width: number;
  readonly bars: readonly Bar[];
  readonly blocks: readonly Block[];
  readonly labels: readonly Label[];
  readonly ticks: readonly TickMark[];
  readonly toCome: readonly ToCome[];
  /** Where now is; null once it has ended. */
  readonly now: number | null;
}

const NARROW = 600;
/** Between one stage to come and the next, and how much of the width all of them may take. */
const STEP = 31;
const MOST_TO_COME = 0.25;
const DOME = 18;
const BEFORE_DOMES = 14;

export function layoutTime(run: RunState, time: RunTime, stages: readonly Stage[], view: View): TimeLayout {
  const [start, end] = [Date.parse(run.createdAt ?? ''), endOf(time)];
  if (time.spans.length === 0) return { ...EMPTY, width: view.width, toCome: toComeOf(run, stages, view, 0) };
  const isNarrow = view.width < NARROW;
  const goesOn = run.endedAt === null;
  const waits = waitsOf(run, time);
  const reserved = view.kind === 'lane' ? roomToCome(run, stages, view) : 0;
  const scale = scaleOf({ start, end, goesOn, width: view.width - reserved, isNarrow }, waits, view.unfolded);
  const rowOf = ({ stageOrder }: Attempt) => (view.kind === 'lane' ? 0 : stageOrder);
  const bars = barsOf(run.attempts, waits, scale, end, rowOf);
  const labels = labelsOf(bars);
  return {
    width: view.width,
    bars,
    blocks: waits.filter(isSeen).map((wait) => blockOf(wait, scale)),
    labels: isNarrow ? labels.filter(({ voice }) => voice === 'live') : labels,
    ticks: isNarrow ? [] : ticksOf(scale, start, end),
    toCome: isNarrow || reserved === 0 ? [] : toComeOf(run, stages, view, view.width - reserved + BEFORE_DOMES),
    now: goesOn ? scale.at(end) : null,
  };
}

const EMPTY = { bars: [], blocks: [], labels: [], ticks: [], now: null };

/** Short waits for its turn are just room between two attempts. */
const isSeen = ({ kind, isLong }: Waited) => kind !== 'turn' || isLong;

function blockOf(wait: Waited, scale: Scale): Block {
  const isFolded = scale.folds.includes(wait);
  const place = scale.at(wait.from);
  return {
    wait,
    place,
    width: scale.at(wait.until) - place,
    isFolded,
    whom: WAITS[wait.kind],
    name: nameOfWait(wait, isFolded),
  };
}

function stagesToCome(run: RunState, stages: readonly Stage[]): Stage[] {
  if (run.status === null || run.endedAt !== null) return [];
  const seen = new Set(run.attempts.map(({ stageOrder }) => stageOrder));
  const at = run.currentStageOrder ?? Number.NEGATIVE_INFINITY;
  return stages.filter(({ stageOrder }) => stageOrder > at && !seen.has(stageOrder));
}

function roomToCome(run: RunState, stages: readonly Stage[], { width }: View): number {
  const { length } = stagesToCome(run, stages);
  if (width < NARROW || length === 0) return 0;
  return BEFORE_DOMES + Math.min(length * STEP, width * MOST_TO_COME);
}

function toComeOf(run: RunState, stages: readonly Stage[], { width, kind }: View, from: number): ToCome[] {
  const coming = stagesToCome(run, stages);
  if (width < NARROW || kind !== 'lane') return [];
  const step = Math.min(STEP, (width * MOST_TO_COME) / coming.length);
  return coming.map(({ stageOrder }, index) => ({
    stageOrder,
    place: from + index * step,
    width: Math.min(DOME, step * 0.6),
    hasNumber: step >= DOME,
  }));
}
