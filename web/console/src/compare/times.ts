import type { RunState, RunTime, TimeKind } from '@footlight/client';

/** In milliseconds, by what it went to. */
export type StageTimes = Readonly<Record<TimeKind, number>>;

const NO_TIME: StageTimes = { turn: 0, model: 0, judge: 0, retry: 0, person: 0, pause: 0 };

/** Of each stage where its time went: what lies between two attempts belongs to the one before. */
export function timesByStage(run: RunState, time: RunTime): Map<number, StageTimes> {
  const times = new Map<number, Record<TimeKind, number>>();
  let begun = 0;
  for (const { kind, start, end, stageOrder } of time.spans) {
    while (run.attempts[begun] && Date.parse(run.attempts[begun]?.startedAt ?? '') <= Date.parse(start)) begun += 1;
    const order = stageOrder ?? run.attempts[begun - 1]?.stageOrder;
    if (order === undefined) continue;
    const own = times.get(order) ?? { ...NO_TIME };
    own[kind] += Date.parse(end) - Date.parse(start);
    times.set(order, own);
  }
  return times;
}

/** What the stage itself took: nobody waited for a person or was paused. */
export const ownTime = ({ turn, model, judge, retry }: StageTimes): number => turn + model + judge + retry;

export const awayTime = ({ person, pause }: StageTimes): number => person + pause;
