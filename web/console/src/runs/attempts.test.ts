import { expect, test } from 'vitest';
import { begunBy, type ListedAttempt, lastRefused, stagesSoFar } from './attempts.ts';

const attempt = (stageOrder: number, fields: Partial<ListedAttempt> = {}): ListedAttempt => ({
  __typename: 'ExecutionLog',
  id: `${stageOrder}-${fields.attemptNumber ?? 1}`,
  stageOrder,
  stageName: `Stage ${stageOrder}`,
  attemptNumber: 1,
  visit: 1,
  itemIndex: null,
  status: 'FINISHED',
  validationResult: 'PASS',
  validatorNotes: null,
  errorMessage: null,
  durationMs: 1000,
  ...fields,
});

test('attempts are told by their stages', () => {
  const attempts = [
    attempt(1),
    attempt(2, { validationResult: 'FAIL' }),
    attempt(2, { attemptNumber: 2 }),
    attempt(4, { status: 'STARTED', validationResult: 'PENDING', durationMs: null }),
  ];
  const stages = stagesSoFar(attempts, true);
  expect(stages.map(({ order, attempts, word, ms }) => [order, attempts, word, ms])).toEqual([
    [1, 1, 'Passed', 1000],
    [2, 2, 'Passed', 2000],
    [4, 1, 'Waits for you', 0],
  ]);
  const lamps = [...begunBy(attempts)].map(([order, { lamp }]) => [order, lamp]);
  expect(lamps).toEqual([
    [1, 'passed'],
    [2, 'retried'],
    [4, 'running'],
  ]);
  expect(lastRefused(attempts)?.id).toBe('2-1');
  expect(lastRefused([attempt(1)])).toBeNull();
});

test('a stage that runs for each item of a list has passed once every item of its last visit has', () => {
  const item = (itemIndex: number, fields: Partial<ListedAttempt> = {}) => attempt(3, { itemIndex, ...fields });
  const lamp = (...attempts: ListedAttempt[]) => begunBy(attempts).get(3)?.lamp;
  const refused = item(0, { validationResult: 'FAIL' });
  expect(lamp(refused, item(1))).toBe('failed');
  expect(lamp(refused, item(1), item(0, { attemptNumber: 2 }))).toBe('retried');
  expect(lamp(item(0, { status: 'STARTED', validationResult: 'PENDING' }), item(1))).toBe('running');
  expect(lamp(refused, item(1), item(0, { visit: 2, attemptNumber: 2 }))).toBe('retried');
});
