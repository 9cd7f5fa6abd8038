import type { ExecutionStatus } from '../schema.generated.ts';
import { oneOf, readSearch, text } from '../search.ts';

/** What the address says of the list. `statuses` are joined by commas; `since` is `hour`, `today`, `week` or a day. */
export interface RunsSearch {
  statuses?: string;
  workflow?: string;
  since?: string;
  /** The run that is told of at the side. */
  chosen?: string;
  /** Two lines a row; one where it is left out. */
  rows?: 'two';
}

/** What narrows the list, without what only says how it looks. */
export type RunsFilter = Pick<RunsSearch, 'statuses' | 'workflow' | 'since'>;

export interface RunsVariables {
  statuses?: ExecutionStatus[];
  workflowId?: string;
  createdAfter?: string;
}

const STATUSES: readonly ExecutionStatus[] = ['PENDING', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const isSince = (value: unknown): value is string =>
  typeof value === 'string' && (['hour', 'today', 'week'].includes(value) || DAY.test(value));

/** The states that there are of those that are named, in one order: the same filter has one address. */
const knownStatuses = (raw: unknown): string | undefined =>
  (typeof raw === 'string' && statusesOf({ statuses: raw }).join(',')) || undefined;

export const validateRunsSearch = readSearch<RunsSearch>({
  statuses: knownStatuses,
  workflow: text,
  since: (raw) => (isSince(raw) ? raw : undefined),
  chosen: text,
  rows: oneOf('two'),
});

function statusesOf({ statuses }: RunsFilter): ExecutionStatus[] {
  const named = statuses?.split(',') ?? [];
  return STATUSES.filter((status) => named.includes(status));
}

export function filterOf({ statuses, workflow, since }: RunsSearch): RunsFilter {
  return { ...(statuses ? { statuses } : {}), ...(workflow ? { workflow } : {}), ...(since ? { since } : {}) };
}

/** What the server is asked. It stays the same for minutes, so that Back finds the list as it was. */
export function variablesOf(filter: RunsFilter, now = new Date()): RunsVariables {
  const statuses = statusesOf(filter);
  const createdAfter = filter.since && beginOf(filter.since, now);
  return {
    ...(statuses.length > 0 ? { statuses } : {}),
    ...(filter.workflow ? { workflowId: filter.workflow } : {}),
    ...(createdAfter ? { createdAfter: createdAfter.toISOString() } : {}),
  };
}

const FIVE_MINUTES = 5 * 60_000;

function beginOf(since: string, now: Date): Date {
  if (since === 'hour') return new Date(Math.floor(now.getTime() / FIVE_MINUTES) * FIVE_MINUTES - 60 * 60_000);
  const midnight = DAY.test(since) ? new Date(`${since}T00:00:00`) : new Date(now);
  midnight.setHours(0, 0, 0, 0);
  if (since === 'week') midnight.setDate(midnight.getDate() - 6);
  return midnight;
}

const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

/** `Since Thursday, 26 November`. */
export function sinceInWords(since: string | undefined): string {
  switch (since) {
    case undefined:
      return 'At any time';
    case 'hour':
      return 'In the last hour';
    case 'today':
      return 'Today';
    case 'week':
      return 'In the last 7 days';
    default:
      return `Since ${day.format(new Date(`${since}T00:00:00`)).replace(/^(\S+) /, '$1, ')}`;
  }
}

/** The same within a sentence: `since Thursday, 26 November`. */
export const sinceInSentence = (since: string): string =>
  sinceInWords(since).replace(/^./, (letter) => letter.toLowerCase());
