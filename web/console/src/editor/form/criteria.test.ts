import { expect, test } from 'vitest';
import { canShow, firstCriteria, toggled, withCriterion } from './criteria.ts';

test('criteria that say more than a form are left to JSON', () => {
  for (const [type, criteria] of [
    ['NONE', null],
    ['REGEX', { pattern: 'a', flags: 'im', mustMatch: false }],
    ['FUNCTION', { functionName: 'equals', args: { value: [1] } }],
    ['FUNCTION', { functionName: 'is_json' }],
    ['LLM', { prompt: '{{output}}', modelId: null }],
  ] as const)
    expect(canShow(type, criteria), type).toBe(true);
  for (const [type, criteria] of [
    ['MANUAL', { pattern: 'left from before' }],
    ['REGEX', { pattern: 1 }],
    ['REGEX', { pattern: 'a', flag: 'i' }],
    ['FUNCTION', { functionName: 'equals', args: [] }],
    ['LLM', 'prompt'],
  ] as const)
    expect(canShow(type, criteria), type).toBe(false);
});

test('a form changes the one field alone', () => {
  const criteria = { prompt: 'Good?', modelId: 'm' };
  expect(withCriterion(criteria, 'prompt', 'Better?')).toEqual({ prompt: 'Better?', modelId: 'm' });
  expect(withCriterion(criteria, 'modelId', undefined)).toEqual({ prompt: 'Good?' });
  expect(withCriterion(null, 'pattern', 'a')).toEqual({ pattern: 'a' });
  expect(toggled('im', 's')).toBe('ims');
  expect(toggled('i', 'i')).toBe(undefined);
});

test('every check begins with criteria that its form can show', () => {
  for (const type of ['NONE', 'MANUAL', 'REGEX', 'FUNCTION', 'LLM'] as const)
    expect(canShow(type, firstCriteria(type))).toBe(true);
});
