import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Sentence } from './sentence.ts';
import { useLasting } from './useLasting.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const sentence = (word: string): Sentence => ({ mark: 'running', word, parts: [`It is ${word}.`] });

function say(first: string, isFirstAtOnce = false) {
  const { result, rerender } = renderHook(({ word, isAtOnce }) => useLasting(sentence(word), isAtOnce), {
    initialProps: { word: first, isAtOnce: isFirstAtOnce },
  });
  return {
    said: () => result.current.word,
    becomes: (word: string, isAtOnce = false) => rerender({ word, isAtOnce }),
    wait: (ms: number) => act(() => vi.advanceTimersByTime(ms)),
  };
}

test('what a run only passes through is not said', () => {
  const { said, becomes, wait } = say('waiting');
  becomes('paused');
  wait(100);
  becomes('pending');
  wait(100);
  becomes('running');
  expect(said()).toBe('waiting');
  wait(400);
  expect(said()).toBe('running');
});

test('where nothing lasts, what there is is said in the end', () => {
  const { said, becomes, wait } = say('waiting');
  const words = Array.from({ length: 9 }, (_, index) => `moment ${index}`);
  for (const word of words) {
    becomes(word);
    wait(200);
  }
  expect(words).toContain(said());
});

test('an end is said at once', () => {
  const { said, becomes } = say('running');
  becomes('completed', true);
  expect(said()).toBe('completed');
});

test('so is what follows upon its being read', () => {
  const { said, becomes } = say('reading', true);
  becomes('running');
  expect(said()).toBe('running');
});
