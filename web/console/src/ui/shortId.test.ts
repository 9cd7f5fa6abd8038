import { expect, test } from 'vitest';
import { shortId } from './shortId.ts';

test('ids of the same minute are told apart', () => {
  const [one, other] = ['01a22d96-42b2-7d3e-9c41-5f0c2b1ea24b', '01a22d96-5b10-7aa0-8e02-77d1c4b09f10'];
  expect(shortId(one)).toBe('01a22d96…a24b');
  expect(shortId(other)).not.toBe(shortId(one));
});
