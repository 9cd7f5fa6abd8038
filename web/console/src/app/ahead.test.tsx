import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import { cachePolicies, type Footlight } from '@footlight/client';
import { FootlightProvider } from '@footlight/client/react';
import { RouterProvider } from '@tanstack/react-router';
import { cleanup, render, waitFor } from '@testing-library/react';
import { buildSchema, execute, getNullableType, isEnumType, isListType, isScalarType } from 'graphql';
import type { GraphQLOutputType, GraphQLResolveInfo } from 'graphql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeRouter } from '../router.tsx';

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema.graphql'), 'utf8'));

/** Something of the type: of each list one item. */
function something(type: GraphQLOutputType, info: GraphQLResolveInfo): unknown {
  const known = getNullableType(type);
  if (isListType(known)) return [something(known.ofType, info)];
  if (isEnumType(known)) return known.getValues()[0]?.value;
  if (!isScalarType(known)) return {};
  if (known.name === 'Boolean') return false;
  if (known.name === 'Int') return 1;
  if (known.name === 'DateTime') return '2026-01-02T03:04:05Z';
  if (known.name === 'JSON') return {};
  return info.fieldName === 'id' ? 'some' : '';
}

/** A server that answers every query, and notes by their names what it was asked. */
function clientOf(asked: string[]): ApolloClient {
  const link = new ApolloLink(({ query, operationName = '', operationType, variables }) => {
    if (operationType === 'subscription') return new Observable(() => {});
    asked.push(`${operationName} ${JSON.stringify(variables)}`);
    const fieldResolver = (source: Record<string, unknown>, _: unknown, __: unknown, info: GraphQLResolveInfo) =>
      source?.[info.fieldName] ?? something(info.returnType, info);
    const result = Promise.resolve(
      execute({ schema, document: query, variableValues: variables, rootValue: {}, fieldResolver }),
    );
    return new Observable((to) => {
      result.then((answer) => {
        to.next(answer as ApolloLink.Result);
        to.complete();
      });
    });
  });
  return new ApolloClient({
    link,
    cache: new InMemoryCache(cachePolicies),
    dataMasking: true,
    defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network', nextFetchPolicy: 'cache-first' } },
  });
}

/** What a page needs that jsdom has not. */
class Watcher {
  observe() {}
  unobserve() {}
  disconnect() {}
}

beforeEach(() => {
  // What was asked counts for some seconds, which the code of a page may take here.
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.stubGlobal('IntersectionObserver', Watcher);
  vi.stubGlobal('ResizeObserver', Watcher);
  Element.prototype.scrollIntoView = () => {};
  vi.stubGlobal('fetch', () => new Promise(() => {}));
  vi.stubGlobal('CSS', { escape: (text: string) => text });
  vi.stubGlobal('scrollTo', () => {});
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each([
  ['/', ['Workflows', 'OfferedModels']],
  ['/?search=x', ['Workflows', 'OfferedModels']],
  ['/inbox', ['Inbox']],
  ['/inbox/some', ['Inbox', 'Letter']],
  ['/snapshots', ['Snapshots']],
  ['/snapshots?chosen=some', ['Snapshots', 'Snapshot']],
  ['/snapshots?chosen=some&against=other', ['Snapshots', 'Snapshot', 'Snapshot']],
  ['/workflows/some/snapshots', ['Snapshots', 'SnapshotSource']],
  ['/workflows/some/snapshots?chosen=some', ['Snapshots', 'SnapshotSource', 'Snapshot', 'DefinitionNow']],
  ['/compare', ['ComparableRuns']],
  ['/compare?left=some', ['CompareRun']],
  ['/compare?left=some&right=other', ['CompareRun', 'CompareRun']],
  ['/models', ['Models']],
  ['/settings', ['Settings']],
])('%s begins to read what its page shows, which nobody asks again', { timeout: 60_000 }, async (path, begun) => {
  window.history.replaceState(null, '', path);
  const asked: string[] = [];
  const client = clientOf(asked);
  const footlight = { connection: { current: () => 'open', subscribe: () => () => {} } } as unknown as Footlight;
  const session = { userId: () => 'me', token: () => null, subscribe: () => () => {} };
  const router = makeRouter({ client, session, settings: { version: '0', examples: [], signIn: 'token' } });
  // The answers are there before the page is.
  await router.load();
  const names = () => asked.map((one) => one.split(' ')[0]).toSorted();
  await waitFor(() => expect(names()).toEqual(begun.toSorted()));
  render(
    <FootlightProvider client={client} footlight={footlight}>
      <RouterProvider router={router} />
    </FootlightProvider>,
  );
  await waitFor(() => expect(document.querySelector('main h1')).not.toBeNull(), { timeout: 20_000 });
  // Whoever asks again has done so, and is answered.
  await waitFor(() => {
    const queries = [...client.getObservableQueries()];
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.filter((query) => query.getCurrentResult().loading)).toEqual([]);
  });
  expect(document.querySelector('main')?.textContent).not.toContain('could not be');
  expect(asked.filter((one, index) => asked.indexOf(one) !== index)).toEqual([]);
});
