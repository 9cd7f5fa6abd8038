// What the bars and folds of a run's time are called.

import type { Attempt, TimeKind } from '@footlight/client';
import { count, counted, duration, ordinal, ticking } from '../../ui/time.ts';
import type { Piece } from './pieces.ts';
import type { Waited } from './waits.ts';

export type Outcome = 'passed' | 'refused' | 'lost' | 'cancelled' | 'live' | 'you' | 'waiting' | 'mixed';

/** `pieces` is what it went to so far; `isCurrent`: its time is running now. */
export function outcomeOf({ status, verdict, awaitsPerson }: Attempt, isCurrent: boolean): Outcome {
  if (status === 'STARTED') return awaitsPerson ? 'you' : isCurrent ? 'live' : 'waiting';
  if (status === 'INTERRUPTED') return 'lost';
  if (status === 'CANCELLED') return 'cancelled';
  return verdict === 'PASS' ? 'passed' : 'refused';
}

/** `Stage 8, first answer, refused, model 28 s, judge 5 s`; it says which answer where the stage has several. */
export function nameOf(attempt: Attempt, pieces: readonly Piece[], outcome: Outcome, hasOthers: boolean): string {
  const { stageOrder, attemptNumber, itemIndex } = attempt;
  const item = itemIndex !== null && `item ${count(itemIndex + 1)}`;
  const answer = hasOthers && `${ordinal(attemptNumber)} answer`;
  return [`Stage ${stageOrder}`, item, answer, becameOf(attempt, outcome, pieces)].filter(Boolean).join(', ');
}

function becameOf(attempt: Attempt, outcome: Outcome, pieces: readonly Piece[]): string {
  const all = lengthOf(pieces);
  const parts = (['model', 'judge'] as const).flatMap((kind) => {
    const ms = lengthOf(pieces.filter((piece) => piece.kind === kind));
    return ms > 0 ? [`${kind} ${duration(ms)}`] : [];
  });
  const told = (word: string) => [word, ...parts].join(', ');
  switch (outcome) {
    case 'live':
      return `${attempt.answeredAt === null ? 'writing' : 'being judged'}, ${ticking(all)} so far`;
    case 'lost':
      return `lost with its process after ${duration(all)}`;
    case 'cancelled':
      return `cancelled after ${duration(all)}`;
    case 'you':
      return told('waits for a person');
    case 'waiting':
      return told('waits for its judge');
    case 'passed':
      return told(attempt.decision ? 'passed by a person' : 'passed');
    default:
      return told(attempt.verdict === 'ERROR' ? 'failed' : attempt.decision ? 'refused by a person' : 'refused');
  }
}

const lengthOf = (pieces: readonly Piece[]) => pieces.reduce((sum, { from, until }) => sum + until - from, 0);

/** Several attempts that are too narrow to be told apart: `Stage 3, items 1 to 40, 38 passed, 2 refused`. */
export function nameOfJoined(attempts: readonly Attempt[], outcomes: readonly Outcome[]): string {
  const items = attempts.flatMap(({ itemIndex }) => (itemIndex === null ? [] : [itemIndex + 1]));
  const what = items.length === attempts.length ? range('item', items) : counted(attempts.length, 'answer');
  const orders = attempts.map(({ stageOrder }) => stageOrder);
  return [capital(range('stage', orders)), what, ...tally(outcomes)].join(', ');
}

const WORDS: Record<Outcome, string> = {
  passed: 'passed',
  refused: 'refused',
  lost: 'lost',
  cancelled: 'cancelled',
  live: 'under way',
  you: 'waiting for a person',
  waiting: 'waiting',
  mixed: 'ended',
};

function tally(outcomes: readonly Outcome[]): string[] {
  const sums = new Map<Outcome, number>();
  for (const outcome of outcomes) sums.set(outcome, (sums.get(outcome) ?? 0) + 1);
  return [...sums].map(([outcome, sum]) => `${count(sum)} ${WORDS[outcome]}`);
}

function range(one: string, numbers: readonly number[]): string {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low === high ? `${one} ${count(low)}` : `${one}s ${count(low)} to ${count(high)}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Who or what is waited for, in the words of a fold. */
export const WAITS: Record<TimeKind, string> = {
  turn: 'its turn',
  model: 'a model',
  judge: 'its judge',
  retry: 'another try',
  person: 'a person',
  pause: 'paused',
};

/** It begins with the words that are shown. */
export function nameOfWait({ kind, from, until, isOpen }: Waited, isFolded: boolean): string {
  const long = isOpen ? `${ticking(until - from)} so far` : duration(until - from);
  return `${WAITS[kind]} ${long}${isFolded ? ' folded' : ''}: the run ${isOpen ? 'waits' : 'waited'}`;
}
