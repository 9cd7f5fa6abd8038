import type { RunState, RunTime, TimeKind } from '@footlight/client';

/** A stretch in which the whole run waited, in milliseconds since 1970. */
export interface Waited {
  readonly kind: TimeKind;
  readonly from: number;
  readonly until: number;
  /** It waits still. */
  readonly isOpen: boolean;
  /** So long that it would leave no room for what was done. */
  readonly isLong: boolean;
  readonly stageOrder: number | null;
  readonly logId: string | null;
}

/** Longer than a minute is long; and than five seconds, where all that was done took no more than a part of that. */
const LONG = 60_000;
const LONGISH = 5_000;
const PART = 4;

/** For its turn, another try, a person, whoever paused it, or a judge that did not answer; in the order of time. */
export function waitsOf(run: RunState, time: RunTime): Waited[] {
  const end = endOf(time);
  const told = time.spans.filter(({ kind }) => kind !== 'model' && kind !== 'judge');
  const waits = told.map(({ kind, start, end: until, stageOrder, logId }) => ({
    kind,
    from: Date.parse(start),
    until: Date.parse(until),
    stageOrder: stageOrder ?? null,
    logId: logId ?? null,
  }));
  const all = [...waits, ...judgeWaits(run, end)].filter(({ from, until }) => until > from);
  const done = all.reduce((left, { from, until }) => left - (until - from), time.total);
  return all
    .sort((one, other) => one.from - other.from)
    .map((wait) => ({
      ...wait,
      isOpen: run.endedAt === null && wait.until >= end,
      isLong: wait.until - wait.from > Math.min(LONG, Math.max(LONGISH, done * PART)),
    }));
}

/** The last moment that `time` tells of. */
export const endOf = (time: RunTime): number => Date.parse(time.spans.at(-1)?.end ?? '') || 0;

/** While a judge that did not answer is waited for, the run's state says so; the time is the judge's. */
function judgeWaits({ history }: RunState, end: number): Omit<Waited, 'isOpen' | 'isLong'>[] {
  return history.flatMap(({ reason, at }, index) => {
    if (reason !== 'JUDGE_WAIT') return [];
    const next = history[index + 1];
    const until = next ? Date.parse(next.at) : end;
    return [{ kind: 'judge' as const, from: Date.parse(at), until, stageOrder: null, logId: null }];
  });
}
