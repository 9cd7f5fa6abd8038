import { expect, test } from 'vitest';
import { countNew, headed } from './head.ts';

const ids = (all: string) => [...all];

test('new ones come before what is known, and what left the filter goes', () => {
  expect(headed(ids('cdefghi'), ids('abcef'), false).join('')).toBe('abcefghi');
  expect(headed(ids('ghi'), ids('abc'), false).join('')).toBe('abc');
  expect(headed(ids('abc'), ids('abc'), false).join('')).toBe('abc');
  expect(headed([], ids('a'), false).join('')).toBe('a');
  expect(headed(ids('abc'), ids('ab'), true).join('')).toBe('ab');
});

test('new ones are counted', () => {
  expect(countNew(ids('cde'), ids('abcd'))).toBe(2);
});
