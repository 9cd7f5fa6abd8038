// @vitest-environment jsdom
import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { act, renderHook, waitFor } from '@testing-library/react';
import { Observable, Subject } from 'rxjs';
import { expect, test } from 'vitest';
import { cachePolicies } from '../cache/policies.ts';
import type { ConnectionState } from '../connection.ts';
import { FootlightProvider } from './provider.tsx';
import { useInbox } from './useInbox.ts';

function house(waiting: string[]) {
  const changes = new Subject<object>();
  let state: ConnectionState = 'open';
  const listeners = new Set<() => void>();
  const asked: object[] = [];
  const link = new ApolloLink(
    (operation) =>
      new Observable((to) => {
        if (operation.operationType === 'subscription') {
          const told = changes.subscribe((executionStatusChanged) => to.next({ data: { executionStatusChanged } }));
          return () => told.unsubscribe();
        }
        const { first, after } = operation.variables as { first: number; after?: string };
        asked.push({ first, ...(after ? { after } : {}) });
        const from = after ? waiting.indexOf(after) + 1 : 0;
        const page = waiting.slice(from, from + first);
        const pendingValidations = {
          __typename: 'ExecutionLogConnection',
          countUpTo: waiting.length,
          nodes: page.map(item),
          pageInfo: {
            __typename: 'PageInfo',
            endCursor: page.at(-1) ?? null,
            hasNextPage: from + first < waiting.length,
          },
        };
        to.next({ data: { pendingValidations } });
        to.complete();
        return undefined;
      }),
  );
  const connection = {
    current: () => state,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const client = new ApolloClient({ link, cache: new InMemoryCache(cachePolicies), dataMasking: true });
  const footlight = { link, connection, tokenRenewed: () => {}, close: () => {} } as never;
  const wrapper = ({ children }: { children: React.ReactNode }) => (
    <FootlightProvider client={client} footlight={footlight}>
      {children}
    </FootlightProvider>
  );
  return {
    client,
    wrapper,
    asked,
    change: (change: object) => act(() => changes.next({ __typename: 'ExecutionStatusChanged', ...change })),
    connect: (next: ConnectionState) =>
      act(() => {
        state = next;
        for (const listener of listeners) listener();
      }),
  };
}

function item(id: string) {
  const execution = { __typename: 'Execution', id: `run-${id}`, workflow: null };
  const log = { stageOrder: 1, stageName: null, attemptNumber: 1, visit: 1, executedAt: '', answeredAt: null };
  return { __typename: 'ExecutionLog', id, status: 'STARTED', ...log, execution };
}

const execution = { __typename: 'Execution', id: 'run-z', status: 'PAUSED', statusReason: 'AWAITING_VALIDATION' };

test('what waits is shown, and what comes to wait, as soon as it does', async () => {
  const waiting = ['a', 'b'];
  const { wrapper, change } = house(waiting);
  const shown = renderHook(() => useInbox(), { wrapper });
  expect(shown.result.current.loading).toBe(true);
  await waitFor(() => expect(shown.result.current.items.map(({ id }) => id)).toEqual(['a', 'b']));
  expect(shown.result.current).toMatchObject({ count: 2, loading: false, error: null, hasMore: false });
  waiting.push('c');
  change({ reason: 'AWAITING_VALIDATION', previousStatus: 'RUNNING', execution });
  await waitFor(() => expect(shown.result.current.items.map(({ id }) => id)).toEqual(['a', 'b', 'c']));
  waiting.shift();
  change({ reason: null, previousStatus: 'PAUSED', execution });
  await waitFor(() => expect(shown.result.current.items.map(({ id }) => id)).toEqual(['b', 'c']));
  expect(shown.result.current.count).toBe(2);
});

test('what the page itself decided is gone at once', async () => {
  const { client, wrapper } = house(['a', 'b']);
  const shown = renderHook(() => useInbox(), { wrapper });
  await waitFor(() => expect(shown.result.current.items.length).toBe(2));
  act(() => {
    client.cache.modify({ id: 'ExecutionLog:a', fields: { status: () => 'FINISHED' } });
  });
  await waitFor(() => expect(shown.result.current.items.map(({ id }) => id)).toEqual(['b']));
  expect(shown.result.current.count).toBe(1);
});

test('more is read when it is asked for, and kept when news come', async () => {
  const waiting = Array.from({ length: 45 }, (_, index) => `log-${index}`);
  const { wrapper, asked, change } = house(waiting);
  const shown = renderHook(() => useInbox(), { wrapper });
  await waitFor(() => expect(shown.result.current.hasMore).toBe(true));
  act(() => {
    shown.result.current.loadMore();
    shown.result.current.loadMore();
  });
  await waitFor(() => expect(shown.result.current.items.length).toBe(40));
  expect(shown.result.current.count).toBe(45);
  waiting.splice(10, 1);
  change({ reason: null, previousStatus: 'PAUSED', execution });
  await waitFor(() => expect(shown.result.current.count).toBe(44));
  expect(shown.result.current.items.length).toBe(40);
  expect(asked).toEqual([{ first: 20 }, { first: 20, after: 'log-19' }, { first: 40 }]);
});

test('after the socket was lost the list is read again', async () => {
  const waiting = ['a'];
  const { wrapper, connect } = house(waiting);
  const shown = renderHook(() => useInbox(), { wrapper });
  await waitFor(() => expect(shown.result.current.items.length).toBe(1));
  connect('lost');
  waiting.push('b');
  connect('open');
  await waitFor(() => expect(shown.result.current.items.length).toBe(2));
});
