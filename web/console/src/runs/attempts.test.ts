import { expect, test } from 'vitest';
import { type ListedAttempt, lampsOf, lastRefused, stagesSoFar } from './attempts.ts';

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
  expect(lampsOf(stages, [1, 2, 3, 4, 5])).toEqual(['passed', 'retried', 'todo', 'you', 'todo']);
  expect(lastRefused(attempts)?.id).toBe('2-1');
  expect(lastRefused([attempt(1)])).toBeNull();
});
