// Pages as they are routed, before a server that answers from the schema.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import { cachePolicies, type Footlight } from '@footlight/client';
import { FootlightProvider } from '@footlight/client/react';
import { RouterProvider } from '@tanstack/react-router';
import { cleanup, configure, render } from '@testing-library/react';
import { buildSchema, execute, getNullableType, isEnumType, isListType, isScalarType } from 'graphql';
import type { GraphQLOutputType, GraphQLResolveInfo } from 'graphql';
import { afterEach, beforeEach, vi } from 'vitest';
import { makeRouter } from '../router.tsx';
import { at } from '../run/testing.ts';
import { listenToKeys } from '../ui/keys.ts';

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema.graphql'), 'utf8'));

/**
 * What a server answers, by field: a value, an Error, a promise, or what makes one of the arguments. What a test leaves out is
 * something of its type.
 */
export type Answers = Record<string, unknown>;

export interface Asked {
  name: string;
  variables: Record<string, unknown>;
}

/** A client whose server answers so; it notes what it was asked. */
export function clientOf(answers: Answers, asked: Asked[] = []): ApolloClient {
  const link = new ApolloLink(({ query, operationName = '', operationType, variables }) => {
    if (operationType === 'subscription') return new Observable(() => {});
    asked.push({ name: operationName, variables });
    const result = Promise.resolve(
      execute({ schema, document: query, variableValues: variables, rootValue: answers, fieldResolver }),
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

function fieldResolver(source: Answers, args: object, _: unknown, info: GraphQLResolveInfo): unknown {
  const answer = source?.[info.fieldName];
  if (typeof answer === 'function') return answer(args);
  return answer === undefined ? something(info.returnType, info) : answer;
}

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
  return known.name === 'ID' ? 'some' : '';
}

/** A run to which this has happened (`run/testing.ts` has events), as far as the server tells it by events. */
export function happened(...events: object[]): Answers {
  const all = events.map((event, index) => ({ ...event, seq: index + 1, occurredAt: at(index) }));
  return { lastEventSeq: all.length, events: ({ after }: { after: number }) => all.slice(after) };
}

export function routerAt(path: string, client: ApolloClient): ReturnType<typeof makeRouter> {
  window.history.replaceState(null, '', path);
  const session = { userId: () => 'me', token: () => null, subscribe: () => () => {} };
  return makeRouter({ client, session, settings: { version: '0', examples: [], signIn: 'token' } });
}

export function renderPage(client: ApolloClient, router: ReturnType<typeof makeRouter>): void {
  const footlight = { connection: { current: () => 'open', subscribe: () => () => {} } } as unknown as Footlight;
  render(
    <FootlightProvider client={client} footlight={footlight}>
      <RouterProvider router={router} />
    </FootlightProvider>,
  );
}

/** The page of an address, once its code is there, before a server that answers so. The answer is what it was asked. */
export async function openPage(path: string, answers: Answers = {}): Promise<{ asked: Asked[] }> {
  const asked: Asked[] = [];
  const client = clientOf(answers, asked);
  const router = routerAt(path, client);
  await router.load();
  renderPage(client, router);
  return { asked };
}

/** Gives the tests of a file what pages need and jsdom has not, and clears up after each. */
export function inABrowser(): void {
  // Other tests may have the processor meanwhile.
  configure({ asyncUtilTimeout: 10_000 });
  let deafen = () => {};
  beforeEach(() => {
    vi.stubGlobal('IntersectionObserver', Watcher);
    vi.stubGlobal('ResizeObserver', Watcher);
    // Some ask the window of an element.
    Object.assign(document.defaultView ?? {}, { ResizeObserver: Watcher });
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    vi.stubGlobal('CSS', { escape: (text: string) => text });
    vi.stubGlobal('scrollTo', () => {});
    vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
    // What has none is not shown.
    Object.defineProperty(HTMLElement.prototype, 'offsetParent', { get: () => document.body, configurable: true });
    Element.prototype.scrollIntoView = () => {};
    Element.prototype.scrollBy ??= () => {};
    HTMLElement.prototype.hidePopover ??= () => {};
    HTMLDialogElement.prototype.showModal ??= function show(this: HTMLDialogElement) {
      this.open = true;
    };
    HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
      this.open = false;
    };
    deafen = listenToKeys(window);
  });
  afterEach(() => {
    cleanup();
    deafen();
    vi.unstubAllGlobals();
    window.localStorage.clear();
    window.sessionStorage.clear();
  });
}

/** Whatever it watches is in view, and as high as a row. */
class Watcher {
  readonly #tell: (entries: object[]) => void;
  readonly #due = new Map<Element, ReturnType<typeof setTimeout>>();

  constructor(tell: (entries: object[]) => void) {
    this.#tell = tell;
  }

  observe(target: Element) {
    const entry = { target, isIntersecting: true, contentRect: { width: 1000, height: 20 } };
    this.#due.set(
      target,
      setTimeout(() => this.#tell([entry])),
    );
  }

  unobserve(target: Element) {
    clearTimeout(this.#due.get(target));
  }

  disconnect() {
    for (const timer of this.#due.values()) clearTimeout(timer);
  }
}
