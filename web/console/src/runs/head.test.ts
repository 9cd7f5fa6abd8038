import { expect, test } from 'vitest';
import { countNew, headed } from './head.ts';

const list = (ids: string) => [...ids].map((id) => ({ id }));
const ids = (nodes: readonly { id: string }[]) => nodes.map(({ id }) => id).join('');

test('new ones come before what is known, and what left the filter goes', () => {
  expect(ids(headed(list('cdefghi'), list('abcef'), false))).toBe('abcefghi');
  expect(ids(headed(list('ghi'), list('abc'), false))).toBe('abc');
  expect(ids(headed(list('abc'), list('abc'), false))).toBe('abc');
  expect(ids(headed([], list('a'), false))).toBe('a');
  expect(ids(headed(list('abc'), list('ab'), true))).toBe('ab');
});

test('new ones are counted', () => {
  expect(countNew(list('cde'), list('abcd'))).toBe(2);
});
