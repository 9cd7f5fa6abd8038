import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { initialRun, type RunState } from '@footlight/client';
import { act, cleanup, renderHook } from '@testing-library/react';
import { of } from 'rxjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StatusChange } from '../app/live.ts';
import { changesIn, useRunNow } from './useRunNow.ts';

const live = vi.hoisted(() => ({ hear: (_: StatusChange | null) => {} }));
vi.mock('../app/live.ts', () => ({
  useStatusChanges: (hear: typeof live.hear) => {
    live.hear = hear;
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** A run that is looked at, and how often the server was asked about it. */
async function watch(status: RunState['status'], until: string | null = null, waitsFor = () => 'TURN') {
  let asked = 0;
  const link = new ApolloLink(() => {
    asked += 1;
    const diagnosis = { waitingFor: waitsFor(), since: '', until, message: '', advice: [] };
    const usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };
    return of({
      data: { execution: { id: 'r', errorMessage: null, output: null, pauseRequested: false, diagnosis, usage } },
    });
  });
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const state = (lastSeq: number): RunState => ({ ...initialRun('r'), status, lastSeq });
  const { rerender } = renderHook(({ run }) => useRunNow(run), {
    initialProps: { run: state(7) },
    wrapper: ({ children }) => <ApolloProvider client={client}>{children}</ApolloProvider>,
  });
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
  await pass(2000);
  const askedIn = async (ms: number) => {
    const before = asked;
    // React takes in what came at the end of each.
    for (let passed = 0; passed <= ms; passed += 1000) await pass(Math.min(1000, ms - passed));
    return asked - before;
  };
  return { askedIn, asked: () => asked, event: (seq: number) => rerender({ run: state(seq) }) };
}

test('a run that only an event moves is asked about by no clock', async () => {
  for (const status of ['PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const) {
    const { askedIn } = await watch(status);
    expect(await askedIn(600_000)).toBe(0);
    cleanup();
  }
});

test('each event is asked about, at most once a second', async () => {
  const { askedIn, event } = await watch('PAUSED');
  await act(async () => event(8));
  await act(async () => event(9));
  expect(await askedIn(5000)).toBe(1);
});

test('a run in the queue is asked about as others go on, and now and then for those of others', async () => {
  const { askedIn } = await watch('PENDING');
  await act(async () => live.hear({ executionId: 'other' } as StatusChange));
  expect(await askedIn(1000)).toBe(1);
  expect(await askedIn(60_000)).toBe(6);
});

test('what goes on at a time is asked about then, and not before', async () => {
  const { askedIn } = await watch('PENDING', new Date(Date.now() + 120_000).toISOString());
  expect(await askedIn(110_000)).toBe(0);
  expect(await askedIn(10_000)).toBe(1);
});

test('where nobody looks nothing is asked by the clock', async () => {
  const { askedIn } = await watch('RUNNING');
  expect(await askedIn(60_000)).toBe(2);
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  expect(await askedIn(600_000)).toBe(0);
  vi.restoreAllMocks();
  setTimeout(() => window.dispatchEvent(new Event('focus')));
  expect(await askedIn(1000)).toBe(1);
  expect(await askedIn(60_000)).toBe(2);
});

test('a wait of weeks is no timer that ends at once', () => {
  expect(changesIn('PENDING', '2100-01-01T00:00:00Z', Date.now())).toBe(3_600_000);
});

test('a run that ended while nobody asked is asked about once', async () => {
  let first = true;
  const waitsFor = () => {
    const waiting = first ? 'MODEL' : 'NOTHING';
    first = false;
    return waiting;
  };
  const { asked, askedIn } = await watch('COMPLETED', null, waitsFor);
  expect(asked()).toBe(2);
  expect(await askedIn(60_000)).toBe(0);
});
