import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useNow } from './useNow.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime('2026-11-23T08:45:00.250Z');
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const at = (second: number) => Date.parse(`2026-11-23T08:45:0${second}Z`);

test('it goes by whole seconds, for all who look at it in one frame', () => {
  const [one, other] = [renderHook(() => useNow(true)), renderHook(() => useNow(true))];
  expect([one.result.current, other.result.current]).toEqual([at(0), at(0)]);
  const frame = vi.spyOn(globalThis, 'requestAnimationFrame');
  act(() => void vi.advanceTimersByTime(1000));
  expect([one.result.current, other.result.current]).toEqual([at(1), at(1)]);
  expect(frame).toHaveBeenCalledTimes(1);
});

test('it stands still where it need not run, and for nobody', () => {
  const { result, rerender, unmount } = renderHook(({ runs }) => useNow(runs), { initialProps: { runs: true } });
  act(() => void vi.advanceTimersByTime(2000));
  rerender({ runs: false });
  act(() => void vi.advanceTimersByTime(3000));
  expect(result.current).toBe(at(2));
  expect(vi.getTimerCount()).toBe(0);
  rerender({ runs: true });
  expect(result.current).toBe(at(5));
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});
