import type { Unmasked } from '@apollo/client';
import { useApolloClient, useQuery } from '@apollo/client/react';
import { type FootlightError, footlightErrors } from '@footlight/client';
import { useEffect, useRef, useState } from 'react';
import { useStatusChanges } from '../app/live.ts';
import type { RunsVariables } from './filter.ts';
import { countNew, headed } from './head.ts';
import { type RunsQuery, RunsDocument } from './Runs.generated.ts';
import { RunsHeadDocument } from './RunsHead.generated.ts';
import { useThrottled } from './useThrottled.ts';

export type ListedRun = RunsQuery['executions']['nodes'][number];

export interface Runs {
  /** The newest first, as far as they were asked for; null while the first are on their way. */
  runs: readonly ListedRun[] | null;
  /** These are still those of the filter before. */
  isBefore: boolean;
  hasMore: boolean;
  error: FootlightError | null;
  /** How many newer ones there are that are not shown, so that nothing moves under who reads. */
  fresh: number;
  showFresh(): Promise<void>;
  loadMore(): void;
  retry(): void;
}

const EVERY = 700;

/** The list of runs, live: what is new comes in while its top is in view, and is counted otherwise. */
export function useRuns(variables: RunsVariables, isAtTop: () => boolean): Runs {
  const client = useApolloClient();
  const { data, previousData, error, fetchMore, refetch } = useQuery(RunsDocument, {
    variables,
    // It is looked at whether it is so still, which does not throw away what was loaded further down.
    fetchPolicy: 'cache-first',
  });
  const shown = data ?? previousData;
  const known = useRef(shown);
  known.current = shown;
  const [fresh, setFresh] = useState(0);
  const [failure, setFailure] = useState<unknown>(null);
  const loading = useRef(false);

  const showFresh = async () => {
    setFresh(0);
    await fetchMore({ variables, updateQuery: (known, { fetchMoreResult }) => withHead(known, fetchMoreResult) });
  };
  const look = useThrottled(async () => {
    if (!known.current) return;
    if (isAtTop()) return showFresh();
    const { data } = await client.query({ query: RunsHeadDocument, variables, fetchPolicy: 'no-cache' });
    setFresh(countNew(known.current?.executions.nodes ?? [], data?.executions.nodes ?? []));
  }, EVERY);
  useStatusChanges(look);

  const filter = JSON.stringify(variables);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another list.
  useEffect(() => {
    setFresh(0);
    setFailure(null);
    look();
  }, [filter]);

  const after = data?.executions.pageInfo.endCursor;
  const hasMore = data?.executions.pageInfo.hasNextPage ?? false;
  return {
    runs: shown?.executions.nodes ?? null,
    isBefore: !data,
    hasMore,
    error: footlightErrors(error ?? failure)[0] ?? null,
    fresh,
    showFresh: () => showFresh().catch(setFailure),
    async loadMore() {
      if (!hasMore || loading.current) return;
      loading.current = true;
      setFailure(null);
      await fetchMore({ variables: { ...variables, after } }).catch(setFailure);
      loading.current = false;
    },
    retry() {
      setFailure(null);
      refetch().catch(() => {});
    },
  };
}

type Whole = Unmasked<RunsQuery>;

function withHead(known: Whole, head: Whole): Whole {
  const isAll = !head.executions.pageInfo.hasNextPage;
  const nodes = headed(known.executions.nodes, head.executions.nodes, isAll);
  const goesOn = nodes.length > head.executions.nodes.length;
  const { pageInfo } = goesOn ? known.executions : head.executions;
  return { executions: { ...head.executions, nodes, pageInfo } };
}
