import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dismissOthers, shownToasts, toast } from './toast.ts';

const at = (pathname: string) => vi.stubGlobal('window', { location: { pathname } });
const texts = () => shownToasts().map(({ text }) => text);

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a toast goes with its page, and what is said on the next one stays', () => {
  at('/workflows/w');
  toast('Saved');
  at('/runs');
  toast('Deleted the run');
  dismissOthers('/runs');
  expect(texts()).toEqual(['Deleted the run']);
});

test('it goes by itself after a while', () => {
  at('/runs');
  toast('Deleted the run');
  vi.advanceTimersByTime(6000);
  expect(texts()).toEqual([]);
});
