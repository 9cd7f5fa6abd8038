import { expect, test } from 'vitest';
import { firstGiven, givenInLine } from './given.ts';

test('a run is told from others by what it was given first', () => {
  expect(givenInLine({ topic: 'moths\n at night', tone: null, count: 3, more: 'x' })).toBe(
    'topic: moths at night, tone: nothing, count: 3',
  );
  expect(givenInLine({})).toBe('');
  expect(givenInLine(null)).toBe('');
});

test('a long value is cut', () => {
  const [input] = firstGiven({ text: 'word '.repeat(100_000) });
  expect(input?.text).toHaveLength(161);
  expect(input?.text.endsWith('…')).toBe(true);
});
