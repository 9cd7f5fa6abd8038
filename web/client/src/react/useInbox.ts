import type { FootlightError } from '../errors.ts';
import type { DateTime } from '../schema.ts';

/** An attempt that waits for my decision. */
export interface InboxItem {
  readonly __typename: 'ExecutionLog';
  readonly id: string;
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
  items: readonly InboxItem[];
  /** How many there are, counted up to 1,000. */
  count: number;
  loading: boolean;
  error: FootlightError | null;
  refetch(): void;
  loadMore(): void;
  hasMore: boolean;
}

export function useInbox(): Inbox {
  return { items: [], count: 0, loading: true, error: null, refetch: () => {}, loadMore: () => {}, hasMore: false };
}
