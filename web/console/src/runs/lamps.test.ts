import { expect, test } from 'vitest';
import { joined, type Lamp, lampsByPlace } from './lamps.ts';

test('lamps say where a run stands', () => {
  const orders = [1, 2, 5];
  const at = (status: 'RUNNING' | 'FAILED' | 'COMPLETED', currentStageOrder: number | null) =>
    lampsByPlace({ status, statusReason: null, currentStageOrder }, orders);
  expect(at('RUNNING', 2)).toEqual(['passed', 'running', 'todo']);
  expect(at('FAILED', 5)).toEqual(['passed', 'passed', 'failed']);
  expect(at('COMPLETED', null)).toEqual(['passed', 'passed', 'passed']);
  expect(at('RUNNING', null)).toEqual(['todo', 'todo', 'todo']);
});

test('of many lamps neighbours that passed become one', () => {
  const many: Lamp[] = [...Array(60).fill('passed'), 'failed', ...Array(4).fill('todo')];
  const few = joined(many);
  expect(few.length).toBeLessThanOrEqual(24);
  expect(few.filter((lamp) => lamp !== 'passed')).toEqual(['failed', 'todo', 'todo', 'todo', 'todo']);
});
