import type { Attempt } from '@footlight/client';
import { momentsOf } from '../moments.ts';

export interface Tracked {
  readonly attempt: Attempt;
  readonly track: number;
  readonly tracks: number;
  /** When what follows it began, in milliseconds since 1970: it is over by then, whatever clock said when it ended. */
  readonly before: number;
}

/** Items of a list that ran side by side lie above each other, as few deep as it goes; everything else lies alone. */
export function trackAll(attempts: readonly Attempt[], end: number): Tracked[] {
  const done: Tracked[] = [];
  let group: { attempt: Attempt; track: number }[] = [];
  let free: number[] = [];
  const close = (before: number) => {
    for (const { attempt, track } of group) done.push({ attempt, track, tracks: free.length, before });
    [group, free] = [[], []];
  };
  for (const attempt of attempts) {
    const { began: from, ended } = momentsOf(attempt);
    const until = ended ?? end;
    const last = group.at(-1)?.attempt;
    const isBeside =
      last !== undefined &&
      last.itemIndex !== null &&
      attempt.itemIndex !== null &&
      last.stageOrder === attempt.stageOrder;
    if (!isBeside) close(from);
    const at = free.findIndex((time) => time <= from);
    const track = at < 0 ? free.length : at;
    free[track] = until;
    group.push({ attempt, track });
  }
  close(Number.POSITIVE_INFINITY);
  return done;
}
