import { expect, test } from 'vitest';
import { firstGiven } from './given.ts';

test('a run is told from others by what it was given first', () => {
  expect(firstGiven({ topic: 'moths\n at night', tone: null, count: 3, more: 'x' })).toEqual([
    { name: 'topic', text: 'moths at night' },
    { name: 'tone', text: 'nothing' },
    { name: 'count', text: '3' },
  ]);
  expect(firstGiven(null)).toEqual([]);
});

test('a long value is cut', () => {
  const [input] = firstGiven({ text: 'word '.repeat(100_000) });
  expect(input?.text).toHaveLength(161);
  expect(input?.text.endsWith('…')).toBe(true);
});
