// The script of a run: a scene for each visit of a stage, in the order in which they began.

import type { Attempt, RunState } from '@footlight/client';
import { groupBy } from '../groupBy.ts';

export interface Scene {
  key: string;
  stageOrder: number;
  stageName: string | null;
  visit: number;
  /** How many items the stage's list has; null where it has none. */
  itemCount: number | null;
  attempts: readonly Attempt[];
}

/** A scene of which nothing changed is the same object as in `before`. */
export function scenesOf(run: RunState, before: readonly Scene[] = []): Scene[] {
  const known = new Map(before.map((scene) => [scene.key, scene]));
  const scenes = groupBy(run.attempts, ({ stageOrder, visit }) => `${stageOrder}.${visit ?? 1}`);
  return [...scenes].map(([key, attempts]) => {
    const old = known.get(key);
    return old && isSameList(old.attempts, attempts) ? old : sceneOf(key, attempts);
  });
}

function sceneOf(key: string, attempts: readonly Attempt[]): Scene {
  const first = attempts[0] as Attempt;
  const { stageOrder, stageName, visit, itemCount } = first;
  return { key, stageOrder, stageName, visit: visit ?? 1, itemCount, attempts };
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** Where the scene stands in the page, for whoever goes there. */
export const sceneId = (stageOrder: number, visit: number | null): string => `scene-${stageOrder}-${visit ?? 1}`;
