import { expect, test } from 'vitest';
import type { Difference } from '../definition/differences.ts';
import { asTold, howMuch } from './compare.ts';

const difference = (stageOrder: number | null, name: string | null, field: string): Difference => ({
  stage: stageOrder === null ? null : { stageOrder, name },
  field,
  before: null,
  after: 'x',
});

test('how much differs is said in words', () => {
  expect(howMuch([])).toBe('Nothing differs');
  expect(howMuch([difference(null, null, 'name')])).toBe('1 difference');
  expect(howMuch([difference(2, null, 'key'), difference(2, null, 'name')])).toBe('2 differences, in 1 stage');
});

test('what only snapshots tell is no difference from the workflow as it is now', () => {
  expect(asTold({ templateSyntax: 3, stages: [] })).toEqual({ stages: [] });
});
