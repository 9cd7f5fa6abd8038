import type { InboxItem } from '@footlight/client/react';
import { expect, test } from 'vitest';
import { type Fate, lettersOf, nextWaiting, placeOf, walked, withFate } from './letters.ts';

const item = (id: string, minute: number) =>
  ({ id, executedAt: `2026-11-30T12:0${minute}:00.000Z`, answeredAt: null }) as InboxItem;
const passed: Fate = { result: 'PASS', at: null, isMine: true };
const [a, b, c] = [item('a', 1), item('b', 2), item('c', 3)];
const seen = new Map([a, b, c].map((one) => [one.id, one]));

test('what was decided stays where it was', () => {
  const letters = lettersOf([a, c], seen, new Map([['b', passed]]));
  expect(letters.map(({ item, fate }) => [item.id, fate?.result ?? null])).toEqual([
    ['a', null],
    ['b', 'PASS'],
    ['c', null],
  ]);
});

test('what I decided stays mine, though the server says that it was decided', () => {
  const told = withFate(withFate(new Map(), 'b', passed), 'b', { ...passed, isMine: false });
  expect(told.get('b')).toEqual(passed);
  const failed: Fate = { result: 'FAIL', at: null, isMine: false };
  expect(withFate(new Map([['b', failed]]), 'b', passed).get('b')).toEqual(passed);
});

test('a place is one among those that wait', () => {
  const letters = lettersOf([a, c], seen, new Map([['b', passed]]));
  expect([placeOf(letters, 'a'), placeOf(letters, 'b'), placeOf(letters, 'c')]).toEqual([1, null, 2]);
});

test('the next one waits, behind this one or else before it', () => {
  const letters = lettersOf([a, c], seen, new Map([['b', passed]]));
  expect(nextWaiting(letters, 'b')?.item.id).toBe('c');
  expect(nextWaiting(letters, 'c')?.item.id).toBe('a');
  expect(nextWaiting(lettersOf([a], new Map(), new Map()), 'a')).toBeNull();
});

test('one walks over what was decided', () => {
  const letters = lettersOf([a, c], seen, new Map([['b', passed]]));
  expect(walked(letters, 'a', 1)?.item.id).toBe('c');
  expect(walked(letters, 'c', -1)?.item.id).toBe('a');
  expect(walked(letters, 'c', 1)).toBeNull();
  expect(walked(letters, undefined, 1)?.item.id).toBe('a');
});
