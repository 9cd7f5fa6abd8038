import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTokens } from './token.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a token that was renewed already is there at once', async () => {
  const tokens = createTokens({ getToken: () => 'new' });
  const renewed = tokens.renew('old');
  await vi.advanceTimersByTimeAsync(0);
  expect(await renewed).toBe('new');
});

test('a token that is on its way is waited for, and found as soon as somebody says so', async () => {
  let token = 'old';
  const tokens = createTokens({ getToken: () => token });
  const renewed = tokens.renew('old');
  await vi.advanceTimersByTimeAsync(10);
  token = 'new';
  tokens.renewed();
  await vi.advanceTimersByTimeAsync(0);
  expect(await renewed).toBe('new');
});

test('whoever has no other token is told so once, however much was refused', async () => {
  const onUnauthenticated = vi.fn();
  const tokens = createTokens({ getToken: () => 'old', onUnauthenticated });
  const renewed = Promise.all([tokens.renew('old'), tokens.renew('old'), tokens.renew('old')]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await renewed).toEqual([null, null, null]);
  expect(onUnauthenticated).toHaveBeenCalledTimes(1);
});
