import { afterEach, expect, test, vi } from 'vitest';
import { makeThrottled } from './useThrottled.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('many calls in a row are the first and the last', async () => {
  vi.useFakeTimers();
  const work = vi.fn(async () => {});
  const { call } = makeThrottled(work, 500);
  for (let times = 0; times < 10; times += 1) call();
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(work).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5000);
  expect(work).toHaveBeenCalledTimes(2);
  call();
  expect(work).toHaveBeenCalledTimes(3);
});
