import { afterEach, beforeEach, expect, test } from 'vitest';

const zone = process.env.TZ;
beforeEach(() => {
  process.env.TZ = 'Asia/Tokyo';
});
afterEach(() => {
  process.env.TZ = zone;
});

test('times of the server are told by the clock here', async () => {
  const { withLocalTimes } = await import('./localTimes.ts');
  const now = new Date('2026-12-01T03:00:00Z');
  expect(withLocalTimes('it was paused at 02:30:05 UTC, before the next attempt', now)).toBe(
    'it was paused at 11:30:05, before the next attempt',
  );
  expect(withLocalTimes('2 calls since 2026-11-20 10:30:20 UTC; tried again at 03:10:10 UTC', now)).toBe(
    '2 calls since 20 November at 19:30; tried again at 12:10:10',
  );
  expect(withLocalTimes('it waits for its turn', now)).toBe('it waits for its turn');
  const past = new Date('2026-12-02T00:10:00Z');
  expect(withLocalTimes('it was paused at 23:50:00 UTC', past)).toBe('it was paused at 08:50:00');
  expect(withLocalTimes('tried again at 00:05:00 UTC', new Date('2026-12-01T23:55:00Z'))).toBe(
    'tried again at 09:05:00',
  );
});
