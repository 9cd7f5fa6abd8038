import { expect, test } from 'vitest';
import type { Difference } from '../definition/differences.ts';
import { byStage, howMuch } from './compare.ts';

const difference = (stageOrder: number | null, name: string | null, field: string): Difference => ({
  stage: stageOrder === null ? null : { stageOrder, name },
  field,
  before: null,
  after: 'x',
});

test('differences stand under their stage', () => {
  const all = [
    difference(null, null, 'name'),
    difference(2, 'Judge', 'key'),
    difference(2, 'Judge', 'model'),
    difference(3, null, 'key'),
  ];
  expect(byStage(all).map(({ title, differences }) => [title, differences.length])).toEqual([
    ['The workflow as a whole', 1],
    ['Stage 2, Judge', 2],
    ['Stage 3', 1],
  ]);
});

test('how much differs is said in words', () => {
  expect(howMuch([])).toBe('Nothing differs');
  expect(howMuch([difference(null, null, 'name')])).toBe('1 difference');
  expect(howMuch([difference(2, null, 'key'), difference(2, null, 'name')])).toBe('2 differences, in 1 stage');
});
