import { expect, test } from 'vitest';
import { type Begun, joined, type Lamp, lampsByPlace, lampsInWords, lampsOf, type Place } from './lamps.ts';

const orders = [1, 2, 5];
const at = (status: Place['status'], currentStageOrder: number | null, statusReason: string | null = null): Place => ({
  status,
  statusReason,
  currentStageOrder,
});

test('lamps say where a run stands', () => {
  expect(lampsByPlace(at('RUNNING', 2), orders)).toEqual(['passed', 'running', 'todo']);
  expect(lampsByPlace(at('FAILED', 5), orders)).toEqual(['passed', 'passed', 'failed']);
  expect(lampsByPlace(at('COMPLETED', null), orders)).toEqual(['passed', 'passed', 'passed']);
  expect(lampsByPlace(at('COMPLETED', 2, 'UNTIL_STAGE'), orders)).toEqual(['passed', 'passed', 'todo']);
  expect(lampsByPlace(at('RUNNING', null), orders)).toEqual(['todo', 'todo', 'todo']);
});

const passed: Begun = { lamp: 'passed', isRetried: false };
const retried: Begun = { lamp: 'retried', isRetried: true };
const refused: Begun = { lamp: 'failed', isRetried: true };
const running: Begun = { lamp: 'running', isRetried: false };

test('lamps say what became of each stage once its attempts are known', () => {
  const known = (...stages: [number, Begun][]) => ({ stages: new Map(stages), isWhole: true });
  expect(lampsOf(at('COMPLETED', null), orders, known([1, retried], [5, passed]))).toEqual([
    'retried',
    'todo',
    'passed',
  ]);
  expect(lampsOf(at('COMPLETED', null), orders, known([1, refused], [2, passed]))).toEqual([
    'failed',
    'passed',
    'todo',
  ]);
  // A loop goes back to a stage that has passed.
  const looped = known([1, passed], [2, retried], [5, refused]);
  expect(lampsOf(at('RUNNING', 2), orders, looped)).toEqual(['passed', 'running', 'failed']);
  expect(lampsOf(at('PENDING', 5, 'RETRY_WAIT'), orders, looped)).toEqual(['passed', 'retried', 'retried']);
  expect(lampsOf(at('PAUSED', 5, 'AWAITING_VALIDATION'), orders, known([5, running]))).toEqual(['todo', 'todo', 'you']);
});

test('as long as not all attempts are known a run came straight to its place, retries apart', () => {
  expect(lampsOf(at('RUNNING', 5), orders, null)).toEqual(['passed', 'passed', 'running']);
  const before = { stages: new Map([[1, retried] as const, [2, running] as const]), isWhole: false };
  expect(lampsOf(at('RUNNING', 5), orders, before)).toEqual(['retried', 'passed', 'running']);
});

test('lamps are told in words', () => {
  expect(lampsInWords(at('COMPLETED', null), orders, ['passed', 'passed', 'passed'])).toBe('3 stages');
  expect(lampsInWords(at('COMPLETED', null), orders, ['retried', 'failed', 'todo'])).toBe(
    '3 stages, 1 tried again, 1 refused, 1 not run',
  );
  expect(lampsInWords(at('FAILED', 5), orders, ['retried', 'retried', 'failed'])).toBe(
    'at 3 of 3 stages, 2 tried again',
  );
  expect(lampsInWords(at('PENDING', null), [1], ['todo'])).toBe('1 stage');
});

test('of many lamps neighbours that passed become one', () => {
  const many: Lamp[] = [...Array(60).fill('passed'), 'failed', ...Array(4).fill('todo')];
  const few = joined(many);
  expect(few.length).toBeLessThanOrEqual(24);
  expect(few.filter((lamp) => lamp !== 'passed')).toEqual(['failed', 'todo', 'todo', 'todo', 'todo']);
});
