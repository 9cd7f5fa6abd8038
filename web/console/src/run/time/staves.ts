import { groupBy } from '../groupBy.ts';
import type { Bar } from './bars.ts';
import type { Block, Stage, TimeLayout } from './layout.ts';

export interface Stave extends Stage {
  readonly bars: readonly Bar[];
  /** What the run waited for at this stage. */
  readonly waits: readonly Block[];
  readonly attempts: number;
  readonly isLive: boolean;
}

/** A stave for each stage, also for those that the run came to without knowing their names. */
export function stavesOf(stages: readonly Stage[], { bars, blocks }: TimeLayout): Stave[] {
  const byOrder = groupBy(bars, ({ attempts }) => attempts[0]?.stageOrder ?? 0);
  const waits = groupBy(blocks, ({ wait }) => wait.stageOrder);
  const names = new Map(stages.map(({ stageOrder, name }) => [stageOrder, name]));
  const orders = [...new Set([...names.keys(), ...byOrder.keys()])].sort((one, other) => one - other);
  return orders.map((stageOrder) => {
    const own = byOrder.get(stageOrder) ?? [];
    return {
      stageOrder,
      name: names.get(stageOrder) ?? own[0]?.attempts[0]?.stageName ?? null,
      bars: own,
      waits: waits.get(stageOrder) ?? [],
      attempts: own.reduce((sum, bar) => sum + bar.attempts.length, 0),
      isLive: own.some(({ outcome }) => outcome === 'live' || outcome === 'you'),
    };
  });
}
