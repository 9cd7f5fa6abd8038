import { expect, test } from 'vitest';
import { stagesOf } from './stages.ts';

test('a stage tells the rule by which its answers are judged', () => {
  const rules = [
    { pattern: '^A' },
    { pattern: '^A', mustMatch: false },
    { functionName: 'min_length', args: { length: 3 } },
    { functionName: 'is_json' },
    null,
  ];
  const stages = rules.map((validationCriteria, index) => ({ stageOrder: index + 1, validationCriteria }));
  expect(stagesOf({ stages }).map(({ rule }) => rule)).toEqual([
    '^A',
    '^A (must not match)',
    'min_length {"length":3}',
    'is_json',
    null,
  ]);
});
