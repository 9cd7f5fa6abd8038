import { timeOf } from '@footlight/client';
import { expect, test } from 'vitest';
import { at, finished, runOf, stage, started, status } from './testing.ts';
import { withoutJudges } from './withoutJudges.ts';

test('where nobody judges, no time is a judge’s', () => {
  const answered = (stageOrder: number, second: number) => {
    const event = finished(stageOrder, 'PASS') as { log: object };
    return { ...event, log: { ...event.log, answeredAt: at(second) } };
  };
  const run = runOf(
    status('RUNNING'),
    started(1),
    {},
    answered(1, 2),
    started(2),
    {},
    answered(2, 5),
    status('COMPLETED'),
  );
  const stages = [stage(1), stage(2, { judge: 'LLM' })];
  const judged = (of: typeof run) => timeOf(of, 0).spans.filter(({ kind }) => kind === 'judge');
  expect(judged(run).map(({ stageOrder }) => stageOrder)).toEqual([1, 2]);
  expect(judged(withoutJudges(run, stages)).map(({ stageOrder }) => stageOrder)).toEqual([2]);
  expect(timeOf(withoutJudges(run, stages), 0).total).toBe(timeOf(run, 0).total);
});
