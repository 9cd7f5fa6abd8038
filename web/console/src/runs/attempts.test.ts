import { expect, test } from 'vitest';
import { begunBy, type ListedAttempt, lastRefused, stagesSoFar } from './attempts.ts';

const at = (second: number) => new Date(Date.UTC(2026, 11, 1, 9, 0, second)).toISOString();

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
  executedAt: at(0),
  validatedAt: at(1),
  durationMs: 900,
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
  expect(stages.map(({ order, attempts, word }) => [order, attempts, word])).toEqual([
    [1, 1, 'Passed'],
    [2, 2, 'Passed'],
    [4, 1, 'Waits for you'],
  ]);
  const lamps = [...begunBy(attempts)].map(([order, { lamp }]) => [order, lamp]);
  expect(lamps).toEqual([
    [1, 'passed'],
    [2, 'retried'],
    [4, 'running'],
  ]);
});

test('a stage took what its visits took, the waits between its attempts and its judges included', () => {
  const attempts = [
    attempt(1, { validationResult: 'FAIL', executedAt: at(0), validatedAt: at(2) }),
    attempt(1, { attemptNumber: 2, executedAt: at(10), validatedAt: at(13) }),
    attempt(2, { validationResult: 'ERROR', executedAt: at(13), validatedAt: null, durationMs: 4000 }),
    attempt(1, { attemptNumber: 3, visit: 2, executedAt: at(20), validatedAt: at(21) }),
    attempt(3, { status: 'STARTED', validationResult: 'PENDING', executedAt: at(30), validatedAt: null }),
  ];
  expect(stagesSoFar(attempts, false).map(({ tookMs, since }) => [tookMs, since])).toEqual([
    [14_000, null],
    [4000, null],
    [null, at(30)],
  ]);
});

test('why a run failed is told by its last attempt alone, and by none that another one has followed', () => {
  const refused = attempt(2, { validationResult: 'FAIL' });
  const lost = attempt(1, { status: 'INTERRUPTED', validationResult: 'ERROR' });
  expect(lastRefused([attempt(1), refused])?.id).toBe('2-1');
  expect(lastRefused([lost, attempt(1, { attemptNumber: 2 }), attempt(2)])).toBeNull();
  expect(lastRefused([lost, attempt(1, { attemptNumber: 2, validationResult: 'PENDING' })])).toBeNull();
  expect(lastRefused([refused, attempt(2, { attemptNumber: 2 })])).toBeNull();
  expect(lastRefused([])).toBeNull();
});

test('a stage of a list with an item that did not pass has not passed, though the run went on', () => {
  const item = (itemIndex: number, validationResult: 'PASS' | 'FAIL') => attempt(1, { itemIndex, validationResult });
  const attempts = [item(0, 'PASS'), item(1, 'FAIL'), attempt(2)];
  expect(begunBy(attempts).get(1)?.lamp).toBe('failed');
  expect(stagesSoFar(attempts, false)[0]?.word).toBe('Refused');
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
