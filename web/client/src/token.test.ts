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

test('whoever holds a token that was refused, as a clock that is slow has them do, is told which one it was', async () => {
  const asked: (string | null)[] = [];
  const tokens = createTokens({
    getToken({ refused }) {
      asked.push(refused);
      return refused === null ? 'old' : 'new';
    },
  });
  const renewed = tokens.renew('old');
  await vi.advanceTimersByTimeAsync(0);
  expect(await renewed).toBe('new');
  expect(asked).toEqual([null, 'old']);
});

test('a refusal that comes late renews nothing: there is another token already', async () => {
  const getToken = vi.fn(() => 'new');
  const renewed = createTokens({ getToken }).renew('old');
  await vi.advanceTimersByTimeAsync(0);
  expect(await renewed).toBe('new');
  expect(getToken.mock.calls).toEqual([[{ refused: null }]]);
});

test('a token that cannot be renewed just now, without a network, signs nobody out', async () => {
  const onUnauthenticated = vi.fn();
  const getToken = ({ refused }: { refused: string | null }) =>
    refused === null ? 'old' : Promise.reject(new Error('there is no network'));
  const renewed = createTokens({ getToken, onUnauthenticated }).renew('old');
  renewed.catch(() => {});
  await vi.advanceTimersByTimeAsync(10_000);
  await expect(renewed).rejects.toThrow('there is no network');
  expect(onUnauthenticated).not.toHaveBeenCalled();
});

test('whoever has no other token is told so once, however much was refused', async () => {
  const onUnauthenticated = vi.fn();
  const tokens = createTokens({ getToken: () => 'old', onUnauthenticated });
  const renewed = Promise.all([tokens.renew('old'), tokens.renew('old'), tokens.renew('old')]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await renewed).toEqual([null, null, null]);
  expect(onUnauthenticated).toHaveBeenCalledTimes(1);
});
