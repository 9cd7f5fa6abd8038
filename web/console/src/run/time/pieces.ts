// What an attempt's time went to, as stretches that lie end to end.

import type { Attempt } from '@footlight/client';
import { momentsOf } from '../moments.ts';
import type { Waited } from './waits.ts';

export type PartKind = 'model' | 'judge' | 'lost';

export interface Piece {
  readonly kind: PartKind;
  readonly from: number;
  readonly until: number;
}

/**
 * The runs of an attempt between the waits of the whole run: mostly one. `end` closes what is under way. Whoever waits for
 * a person does nothing else from the moment of the question.
 */
export function runsOf(attempt: Attempt, waits: readonly Waited[], end: number): Piece[][] {
  const { answered } = momentsOf(attempt);
  const { from, until } = extentOf(attempt, end);
  const turn = clamp(answered ?? until, from, until);
  const isLost = attempt.status === 'INTERRUPTED';
  const pieces: Piece[] = [
    { kind: isLost && answered === null ? 'lost' : 'model', from, until: turn },
    { kind: isLost ? 'lost' : 'judge', from: turn, until },
  ];
  const met = waitsWithin(waits, from, until);
  const left = met.length === 0 ? pieces.filter(hasLength) : pieces.flatMap((piece) => without(piece, met));
  return left.length > 0 ? contiguous(left) : [[{ kind: 'model', from, until: from }]];
}

const hasLength = ({ from, until }: Extent) => until > from;

interface Extent {
  readonly from: number;
  readonly until: number;
}

/** From when to when each of its runs is: all that is needed of most attempts, where there are thousands. */
export function extentsOf(attempt: Attempt, waits: readonly Waited[], end: number): Extent[] {
  const extent = extentOf(attempt, end);
  const isOne = hasLength(extent) && waitsWithin(waits, extent.from, extent.until).length === 0;
  if (isOne) return [extent];
  const runs = runsOf(attempt, waits, end);
  return runs.map((run) => ({ from: (run[0] as Piece).from, until: (run.at(-1) as Piece).until }));
}

function extentOf(attempt: Attempt, end: number): Extent {
  const { began: from, asked, ended } = momentsOf(attempt);
  const over = Math.max(from, ended ?? end);
  return { from, until: clamp(asked ?? over, from, over) };
}

/** Waits lie one after the other: those that reach into a stretch. */
function waitsWithin(waits: readonly Waited[], from: number, until: number): Waited[] {
  let [low, high] = [0, waits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((waits[middle] as Waited).until > from) high = middle;
    else low = middle + 1;
  }
  let end = low;
  while (end < waits.length && (waits[end] as Waited).from < until) end += 1;
  return waits.slice(low, end);
}

function without(piece: Piece, waits: readonly Waited[]): Piece[] {
  const left: Piece[] = [];
  let { from } = piece;
  for (const wait of waits) {
    if (wait.until <= from || wait.from >= piece.until) continue;
    if (wait.from > from) left.push({ ...piece, from, until: wait.from });
    from = wait.until;
  }
  if (piece.until > from) left.push({ ...piece, from });
  return left;
}

function contiguous(pieces: readonly Piece[]): Piece[][] {
  const runs: Piece[][] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last?.at(-1)?.until === piece.from) last.push(piece);
    else runs.push([piece]);
  }
  return runs;
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
