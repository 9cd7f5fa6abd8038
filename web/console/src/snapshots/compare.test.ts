import { expect, test } from 'vitest';
import type { Difference } from '../definition/differences.ts';
import { asTold, byStage, howMuch, shown } from './compare.ts';

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

test('a stage that came or went is shown by what it says', () => {
  const stage = {
    id: 'a',
    stageOrder: 2,
    name: 'Judge',
    routes: null,
    retryLimit: 0,
    validationType: 'NONE',
    key: 'judge',
  };
  expect(shown('stage', stage)).toEqual({ name: 'Judge', key: 'judge' });
  expect(shown('stage', null)).toBeNull();
  expect(shown('retryLimit', 0)).toBe(0);
});

test('what only snapshots tell is no difference from the workflow as it is now', () => {
  expect(asTold({ templateSyntax: 3, stages: [] })).toEqual({ stages: [] });
});
