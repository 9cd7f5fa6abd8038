import { expect, test } from 'vitest';
import { alive } from './alive.ts';

test('what is alive is told, of one as of many', () => {
  expect(alive(null, null)).toBe('');
  expect(alive('0', '0')).toBe('Nothing runs now.');
  expect(alive('0', '1')).toBe('Nothing runs now, 1 pending.');
  expect(alive('2', '0')).toBe('2 running.');
  expect(alive('1', '1,000+')).toBe('1 running, 1,000+ pending.');
});
