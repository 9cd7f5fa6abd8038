import type { ApolloClient } from '@apollo/client';
import type { RunsVariables } from './filter.ts';
import { countNew, headed } from './head.ts';
import { RunRowFragmentDoc } from './RunRow.generated.ts';
import { RunsDocument } from './Runs.generated.ts';

/** What is known of a list of runs: their ids. What they are stands in the cache, and each row reads its own. */
interface Listed {
  /** The newest first; null while the first are on their way. */
  ids: readonly string[] | null;
  hasMore: boolean;
  /** How many newer ones there are that are not in `ids`, so that nothing moves under who reads. */
  fresh: number;
  failure: unknown;
}

export interface RunsList {
  current(): Listed;
  /** What the rows behind this one are read after. */
  cursorOf(id: string): string | undefined;
  subscribe(listener: () => void): () => void;
  /** Reads the first page, unless it is there. */
  begin(): Promise<void>;
  more(): Promise<void>;
  /** Reads what is newest now: takes it in, or only counts it. */
  look(takesIn: boolean): Promise<void>;
  /** It was deleted. */
  forget(id: string): void;
}

const lists = new WeakMap<ApolloClient, Map<string, RunsList>>();

/**
 * The list of a filter, as far as it was read, for as long as the page lives: Back finds its place in it. A list of
 * thousands is no query that the cache watches, for it would be compared as a whole with every row that changes.
 */
export function runsList(client: ApolloClient, variables: RunsVariables): RunsList {
  const known = lists.get(client) ?? new Map<string, RunsList>();
  lists.set(client, known);
  const key = JSON.stringify(variables);
  const list = known.get(key) ?? makeList(client, variables);
  known.set(key, list);
  return list;
}

/** Takes a run that was deleted out of every list: behind the first page nobody asks for it again. */
export function forgetRun(client: ApolloClient, id: string): void {
  for (const list of lists.get(client)?.values() ?? []) list.forget(id);
}

function makeList(client: ApolloClient, variables: RunsVariables): RunsList {
  let state: Listed = { ids: null, hasMore: false, fresh: 0, failure: null };
  let after: string | null = null;
  let reading: Promise<void> | null = null;
  const cursors = new Map<string, string>();
  const listeners = new Set<() => void>();
  const set = (fields: Partial<Listed>) => {
    state = { ...state, ...fields };
    for (const listener of listeners) listener();
  };

  async function page(from: string | null) {
    const asked = { ...variables, after: from };
    const { data, error } = await client.query({ query: RunsDocument, variables: asked, fetchPolicy: 'no-cache' });
    if (!data) throw error ?? new Error('no answer came');
    const { nodes, edges, pageInfo } = data.executions;
    for (const [index, { cursor }] of edges.entries()) cursors.set(nodes[index]?.id ?? '', cursor);
    client.cache.batch({
      update: (cache) => {
        for (const node of nodes) {
          cache.writeFragment({ fragment: RunRowFragmentDoc, fragmentName: 'RunRow', data: node });
        }
      },
    });
    return { ids: nodes.map(({ id }) => id), pageInfo };
  }

  /** One page at a time: who asks meanwhile waits for the same. */
  function once(read: () => Promise<void>): Promise<void> {
    reading ??= read()
      .catch((failure: unknown) => set({ failure }))
      .finally(() => {
        reading = null;
      });
    return reading;
  }

  return {
    current: () => state,
    cursorOf: (id) => cursors.get(id),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    begin: async () => (state.ids ? undefined : once(first)),
    more: async () => (state.hasMore ? once(next) : undefined),
    async look(takesIn) {
      if (!state.ids) return once(first);
      const head = await page(null);
      const isAll = !head.pageInfo.hasNextPage;
      const fresh = countNew(state.ids, head.ids);
      if (!takesIn) return set({ fresh });
      const ids = headed(state.ids, head.ids, isAll);
      if (ids.length === head.ids.length) after = head.pageInfo.endCursor;
      const hasMore = ids.length === head.ids.length ? !isAll : state.hasMore;
      set({ ids, hasMore, fresh: 0, failure: null });
    },
    forget(id) {
      if (state.ids?.includes(id)) set({ ids: state.ids.filter((other) => other !== id) });
    },
  };

  async function first(): Promise<void> {
    const { ids, pageInfo } = await page(null);
    after = pageInfo.endCursor;
    set({ ids, hasMore: pageInfo.hasNextPage, fresh: 0, failure: null });
  }

  async function next(): Promise<void> {
    const { ids, pageInfo } = await page(after);
    after = pageInfo.endCursor;
    const known = new Set(state.ids);
    const all = [...(state.ids ?? []), ...ids.filter((id) => !known.has(id))];
    set({ ids: all, hasMore: pageInfo.hasNextPage, failure: null });
  }
}
