import { beforeEach, expect, test, vi } from 'vitest';
import { inNextFrame } from './frame.ts';

let frames: (() => void)[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
  vi.stubGlobal('cancelAnimationFrame', () => {});
  return () => {
    vi.runAllTimers();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

test('whoever asks between two frames is called in one call of the next, once, in the order in which they asked', () => {
  const called: string[] = [];
  const first = () => called.push('first');
  inNextFrame(first);
  inNextFrame(() => called.push('second'));
  inNextFrame(first);
  expect(frames.length).toBe(1);
  expect(called).toEqual([]);
  frames[0]?.();
  expect(called).toEqual(['first', 'second']);
});

test('what is asked for within a frame is for the one after, and what was called off is not done', () => {
  const called: string[] = [];
  inNextFrame(() => {
    called.push('now');
    inNextFrame(() => called.push('later'));
    callOff();
  });
  const callOff = inNextFrame(() => called.push('never'));
  frames[0]?.();
  expect(called).toEqual(['now']);
  frames[1]?.();
  expect(called).toEqual(['now', 'later']);
});

test('a page that is not shown has no frames, and is told all the same', () => {
  const called = vi.fn();
  inNextFrame(called);
  vi.advanceTimersByTime(1000);
  expect(called).toHaveBeenCalledTimes(1);
});
