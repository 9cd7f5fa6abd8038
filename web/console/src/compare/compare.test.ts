import { foldRunEvents, initialRun, type RunEvent, timeOf } from '@footlight/client';
import { expect, test } from 'vitest';
import { comparedInputs } from './inputs.ts';
import { answersOf, pairsOf, type Side } from './pairs.ts';
import { sentenceOf } from './sentence.ts';
import { ownTime, timesByStage } from './times.ts';

const START = Date.parse('2026-11-23T08:45:00.000Z');
const at = (ms: number) => new Date(START + ms).toISOString();

/** A run of attempts `[stageOrder, attemptNumber, itemIndex, from, answered, until]`, one after the other. */
function side(
  definition: object,
  attempts: readonly (readonly [number, number, number | null, number, number, number])[],
): Side {
  const events: object[] = [
    { __typename: 'ExecutionStatusChanged', status: 'PENDING', reason: null, occurredAt: at(0) },
    { __typename: 'ExecutionStatusChanged', status: 'RUNNING', reason: null, occurredAt: at(1_000) },
  ];
  for (const [stageOrder, attemptNumber, itemIndex, from, answered, until] of attempts) {
    const place = { stageOrder, attemptNumber, itemIndex, itemCount: null };
    const id = `${stageOrder}.${attemptNumber}.${itemIndex}`;
    const executedAt = at(from);
    const log = {
      id,
      visit: 1,
      stageName: null,
      status: 'FINISHED',
      executedAt,
      answeredAt: at(answered),
      usage: null,
    };
    events.push({ __typename: 'StageStarted', ...place, log, occurredAt: at(from) });
    events.push({ __typename: 'StageFinished', ...place, validationResult: 'PASS', log, occurredAt: at(until) });
  }
  const end = Math.max(...attempts.map(([, , , , , until]) => until));
  events.push({ __typename: 'ExecutionStatusChanged', status: 'COMPLETED', reason: null, occurredAt: at(end) });
  const numbered = events.map((event, index) => ({ seq: index + 1, ...event }) as RunEvent);
  const run = foldRunEvents(initialRun('run'), numbered);
  return { definition, run, time: timeOf(run, 0), takenOver: null };
}

const stage = (id: string, stageOrder: number) => ({ id, stageOrder, name: id });

test('a stage that was taken over says from which run, unless it was run again', () => {
  const definition = { stages: [stage('draft', 1), stage('check', 2)] };
  const first = side(definition, [[1, 1, null, 1_000, 2_000, 2_000]]);
  const again = {
    ...side(definition, [[2, 1, null, 1_000, 2_000, 2_000]]),
    takenOver: { runId: 'run', stages: new Set([1, 2]) },
  };
  const pairs = pairsOf(first, again);
  expect(pairs.map(({ right }) => right?.takenFrom)).toEqual(['run', null]);
  expect(pairs.flatMap(answersOf).map(({ left, right }) => [left?.logId, right?.logId])).toEqual([
    ['1.1.null', '1.1.null'],
    [undefined, '2.1.null'],
  ]);
});

test('a stage that moved is compared with itself', () => {
  const left = side({ stages: [stage('draft', 1), stage('check', 2)] }, [
    [1, 1, null, 1_000, 2_000, 2_000],
    [2, 1, null, 2_000, 3_000, 3_000],
  ]);
  const right = side({ stages: [stage('outline', 1), stage('draft', 2)] }, [
    [1, 1, null, 1_000, 2_000, 2_000],
    [2, 1, null, 2_000, 3_000, 3_000],
    [2, 2, null, 3_000, 4_000, 4_000],
  ]);
  const pairs = pairsOf(left, right);
  const told = pairs.map((pair) => [pair.left?.name ?? null, pair.right?.name ?? null]);
  expect(told).toEqual([
    [null, 'outline'],
    ['draft', 'draft'],
    ['check', null],
  ]);
  const [answer] = answersOf(pairs[1] as (typeof pairs)[number]);
  expect([answer?.left?.logId, answer?.right?.logId]).toEqual(['1.1.null', '2.2.null']);
});

test('items are compared with the same item', () => {
  const definition = { stages: [stage('each', 1)] };
  const left = side(definition, [
    [1, 1, 0, 1_000, 2_000, 2_000],
    [1, 1, 2, 2_000, 3_000, 3_000],
  ]);
  const right = side(definition, [[1, 1, 2, 1_000, 2_000, 2_000]]);
  const [pair] = pairsOf(left, right);
  expect(answersOf(pair as NonNullable<typeof pair>)).toMatchObject([
    { itemIndex: 0, left: { logId: '1.1.0' }, right: null },
    { itemIndex: 2, left: { logId: '1.1.2' }, right: { logId: '1.1.2' } },
  ]);
});

test('the time of a stage goes by its attempts, and that between them to the one before', () => {
  const { run, time } = side({ stages: [] }, [
    [1, 1, null, 1_000, 5_000, 6_000],
    [2, 1, null, 8_000, 9_000, 9_000],
  ]);
  const times = timesByStage(run, time);
  expect(times.get(1)).toMatchObject({ model: 4_000, judge: 1_000, turn: 2_000 });
  expect(times.get(2)).toMatchObject({ model: 1_000, judge: 0 });
  // What came before the first attempt is no stage's.
  expect([...times.values()].reduce((sum, one) => sum + ownTime(one), 0)).toBe(time.total - 1_000);
});

test('inputs that differ are told by name', () => {
  expect(comparedInputs({ a: 1, b: { x: 1, y: 2 }, c: 'old' }, { b: { y: 2, x: 1 }, c: 'new' })).toEqual({
    differ: [
      { name: 'a', left: 1, right: null },
      { name: 'c', left: 'old', right: 'new' },
    ],
    same: 1,
  });
});

test('a sentence says how the right one differs', () => {
  expect(sentenceOf({ own: 60_000, away: 0, tokens: 100 }, { own: 72_000, away: 0, tokens: 99 }, 1, 2)).toBe(
    'The right one took 12 s more and 1 token less. In their definitions 1 field differs, and 2 inputs differ.',
  );
  expect(sentenceOf({ own: 1, away: 0, tokens: 1 }, { own: 1, away: 0, tokens: 1 }, 0, 0)).toBe(
    'The right one took as long and as many tokens. Their definitions and inputs are the same.',
  );
  expect(sentenceOf({ own: 500, away: 9_000, tokens: 60 }, { own: 200, away: 26_000, tokens: 40 }, 0, 0)).toMatch(
    /^Without the waits for people and pauses the right one took 300 ms less and 20 tokens less\./,
  );
});
