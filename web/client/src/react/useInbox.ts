import { type ApolloClient, gql, type TypedDocumentNode } from '@apollo/client';
import { useApolloClient, useQuery } from '@apollo/client/react';
import { useCallback, useEffect, useRef } from 'react';
import { writeKnown } from '../cache/known.ts';
import { type FootlightError, footlightErrors } from '../errors.ts';
import type { AttemptStatus, DateTime, ExecutionStatus } from '../schema.ts';
import { useFootlight } from './provider.tsx';

/** An attempt that waits for my decision. */
export interface InboxItem {
  readonly __typename: 'ExecutionLog';
  readonly id: string;
  readonly status: AttemptStatus;
  readonly stageOrder: number;
  readonly stageName: string | null;
  readonly attemptNumber: number;
  readonly visit: number;
  readonly executedAt: DateTime;
  readonly answeredAt: DateTime | null;
  readonly execution: {
    readonly __typename: 'Execution';
    readonly id: string;
    readonly workflow: { readonly __typename: 'Workflow'; readonly id: string; readonly name: string } | null;
  };
}

export interface Inbox {
  /** The oldest first, as far as they were asked for. */
  readonly items: readonly InboxItem[];
  /** How many there are, counted up to 1,000. */
  readonly count: number;
  /** Nothing is known yet. */
  readonly loading: boolean;
  readonly error: FootlightError | null;
  refetch(): void;
  loadMore(): void;
  readonly hasMore: boolean;
}

export interface InboxOptions {
  /** `cache-first` where `INBOX` was read just now, as by a route's loader. */
  readonly fetchPolicy?: 'cache-first' | 'cache-and-network';
}

const LONGEST_PAGE = 100;
/** In milliseconds: many runs may change at once. */
const SETTLE = 150;

/** What waits for my decision, live. */
export function useInbox({ fetchPolicy = 'cache-and-network' }: InboxOptions = {}): Inbox {
  const client = useApolloClient();
  const { data, error, loading, fetchMore } = useQuery(INBOX, { fetchPolicy, nextFetchPolicy: 'cache-first' });
  const list = data?.pendingValidations;
  const known = list?.nodes.length ?? 0;
  const refetch = useCallback(() => {
    const shown = client.readQuery({ query: INBOX })?.pendingValidations.nodes.length ?? 0;
    const first = Math.min(Math.max(shown, 20), LONGEST_PAGE);
    // The list stays as it was when this fails: the socket says by itself that the server is not there.
    client.query({ query: INBOX, variables: { first }, fetchPolicy: 'network-only' }).catch(() => {});
  }, [client]);
  useNews(client, refetch);

  // Whoever asks again while a page is on its way gets that one.
  const asked = useRef<string | null>(null);
  const loadMore = () => {
    const after = list?.pageInfo.endCursor ?? null;
    if (after === null || asked.current === after) return;
    asked.current = after;
    const done = () => {
      asked.current = null;
    };
    fetchMore({ variables: { after } }).then(done, done);
  };

  // Who has decided sees it at once.
  const items = list?.nodes.filter(({ status }) => status === 'STARTED') ?? [];
  return {
    items,
    count: Math.max((list?.countUpTo ?? 0) - (known - items.length), items.length),
    loading: loading && !list,
    error: footlightErrors(error)[0] ?? null,
    refetch,
    loadMore,
    hasMore: list?.pageInfo.hasNextPage ?? false,
  };
}

/** Reads the list again when a run comes to wait for a decision, or waits no more, and after the socket was lost. */
function useNews(client: ApolloClient, refetch: () => void): void {
  const { connection } = useFootlight();
  useEffect(() => {
    let settling: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(settling);
      settling = setTimeout(refetch, SETTLE);
    };
    const changes = client.subscribe({ query: CHANGES, fetchPolicy: 'no-cache' }).subscribe(({ data }) => {
      if (!data) return;
      const { execution, reason, previousStatus } = data.executionStatusChanged;
      writeKnown(client, CHANGED, execution);
      if (reason === 'AWAITING_VALIDATION' || previousStatus === 'PAUSED') soon();
    });
    let before = connection.current();
    const unsubscribe = connection.subscribe(() => {
      const now = connection.current();
      if (now === 'open' && before === 'lost') soon();
      before = now;
    });
    return () => {
      clearTimeout(settling);
      changes.unsubscribe();
      unsubscribe();
    };
  }, [client, connection, refetch]);
}

interface InboxData {
  readonly pendingValidations: {
    readonly countUpTo: number;
    readonly nodes: readonly InboxItem[];
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  };
}

/** What `useInbox` asks first, without variables: to read it before there is a component. */
export const INBOX: TypedDocumentNode<InboxData, { first?: number; after?: string | null }> = gql`
  query Inbox($first: Int = 20, $after: String) {
    pendingValidations(first: $first, after: $after) {
      countUpTo(limit: 1000)
      nodes {
        id
        status
        stageOrder
        stageName
        attemptNumber
        visit
        executedAt
        answeredAt
        execution {
          id
          workflow { id name }
        }
      }
      pageInfo { endCursor hasNextPage }
    }
  }
`;

const CHANGED = gql`
  fragment FootlightChanged on Execution {
    id
    status
    statusReason
  }
`;

interface Changes {
  readonly executionStatusChanged: {
    readonly reason: string | null;
    readonly previousStatus: ExecutionStatus | null;
    readonly execution: { readonly __typename: 'Execution'; readonly id: string };
  };
}

const CHANGES: TypedDocumentNode<Changes, Record<string, never>> = gql`
  subscription InboxChanges {
    executionStatusChanged {
      reason
      previousStatus
      execution {
        ...FootlightChanged @unmask
      }
    }
  }
  ${CHANGED}
`;
