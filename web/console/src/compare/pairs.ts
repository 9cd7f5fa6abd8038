// Two runs, stage by stage.

import type { Attempt, RunState, RunTime } from '@footlight/client';
import { matchStages } from '../definition/match.ts';
import { type Fields, orderOf, readDefinition, textOf } from '../definition/shape.ts';
import { groupBy } from '../run/groupBy.ts';
import type { TakenOver } from '../run/takenOver.ts';
import { type StageTimes, timesByStage } from './times.ts';

/** A run as it is compared. */
export interface Side {
  readonly definition: unknown;
  readonly run: RunState;
  readonly time: RunTime;
  readonly takenOver: TakenOver | null;
}

/** What a run came to at one of its stages. */
export interface AtStage {
  readonly stageOrder: number;
  readonly name: string | null;
  readonly attempts: readonly Attempt[];
  /** Those that say what it brought: of what was taken over from the other run, the other's. */
  readonly answers: readonly Attempt[];
  readonly times: StageTimes | null;
  /** The run that it was taken over from, where this one has not come to it. */
  readonly takenFrom: string | null;
}

/** Null on the side whose definition has no such stage. */
export interface StagePair {
  readonly key: string;
  readonly left: AtStage | null;
  readonly right: AtStage | null;
}

/** The stages of both: one that moved from one version to the next is the same stage. */
export function pairsOf(left: Side, right: Side): StagePair[] {
  const [atLeft, atRight] = [stagesOf(left), stagesOf(right)];
  return matchStages(readDefinition(left.definition), readDefinition(right.definition)).map((pair) => {
    const [one, other] = [pair.before && atLeft(pair.before), pair.after && atRight(pair.after)];
    return {
      key: `${one?.stageOrder ?? ''}/${other?.stageOrder ?? ''}`,
      left: shared(one, other, right.run.id),
      right: shared(other, one, left.run.id),
    };
  });
}

function shared(own: AtStage | null, other: AtStage | null, otherRun: string): AtStage | null {
  return own && other && own.takenFrom === otherRun ? { ...own, answers: other.attempts } : own;
}

function stagesOf({ run, time, takenOver }: Side): (stage: Fields) => AtStage {
  const attempts = groupBy(run.attempts, ({ stageOrder }) => stageOrder);
  const times = timesByStage(run, time);
  return (stage) => {
    const stageOrder = orderOf(stage);
    const own = attempts.get(stageOrder) ?? [];
    return {
      stageOrder,
      name: textOf(stage, 'name'),
      attempts: own,
      answers: own,
      times: times.get(stageOrder) ?? null,
      takenFrom: own.length === 0 && takenOver?.stages.has(stageOrder) ? takenOver.runId : null,
    };
  };
}

/** The last answers of both sides to the same question: of a stage that runs over a list those about one item. */
export interface AnswerPair {
  readonly itemIndex: number | null;
  readonly left: Attempt | null;
  readonly right: Attempt | null;
}

export function answersOf({ left, right }: StagePair): AnswerPair[] {
  const [atLeft, atRight] = [lastByItem(left), lastByItem(right)];
  const items = [...new Set([...atLeft.keys(), ...atRight.keys()])];
  return items
    .sort((one, other) => (one ?? -1) - (other ?? -1))
    .map((itemIndex) => ({ itemIndex, left: atLeft.get(itemIndex) ?? null, right: atRight.get(itemIndex) ?? null }));
}

function lastByItem(stage: AtStage | null): Map<number | null, Attempt> {
  return new Map((stage?.answers ?? []).map((attempt) => [attempt.itemIndex, attempt]));
}
