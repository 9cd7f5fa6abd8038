// The stored events of a run, page by page.
//
// The subscription would send them, too, each in a message of its own that is made, sent and read by itself. Pages are asked
// for side by side, for events are numbered without a gap, and several in one request: that is what costs a browser most.

import { type ApolloClient, ApolloLink, gql, type TypedDocumentNode } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import type { FormattedExecutionResult } from 'graphql';
import { firstValueFrom } from 'rxjs';
import { AT_ONCE } from '../link/framed.ts';
import { RUN_EVENT_FIELDS, type RunEvent } from './event.ts';

/** A row as it is now, which is right for the cache, and wrong for the fold. */
export interface Shown {
  readonly __typename: 'Execution';
  readonly id: string;
}

export const SHOWN = gql`
  fragment FootlightShown on Execution {
    __typename
    id
    status
    statusReason
    currentStageOrder
    pauseRequested
    nextRunAt
    errorMessage
    startedAt
    completedAt
  }
`;

/** What the server gives at most: of one list, and of this query's fields in one request. */
const PAGE = 100;
const PAGES = 3 * PAGE;
const SIDE_BY_SIDE = 4;

interface Options {
  readonly id: string;
  readonly after: number;
  readonly deltas: boolean;
  readonly signal: AbortSignal;
}

/** Hands the events after `after` that there are to `take`, in order, as they come. Rejects when a page cannot be read. */
export async function readHistory(
  client: ApolloClient,
  { id, after, deltas, signal }: Options,
  take: (events: readonly RunEvent[], run: Shown | null) => void,
): Promise<void> {
  const read = async (from: number) => {
    const variables = { id, after: from, second: from + PAGE, third: from + 2 * PAGE, deltas };
    const context = { ...AT_ONCE, fetchOptions: { signal } };
    // By the links alone: the client would look through all of it for what to mask.
    const answers = ApolloLink.execute(client.link, { query: PAGES_OF_EVENTS, variables, context }, { client });
    const answer = (await firstValueFrom(answers)) as FormattedExecutionResult<Pages>;
    if (answer.errors) throw new CombinedGraphQLErrors(answer);
    return answer.data?.execution ?? null;
  };
  const first = await read(after);
  if (first === null || signal.aborted) return;
  take(eventsOf(first), first);
  const starts: number[] = [];
  for (let from = after + PAGES; from < first.lastEventSeq; from += PAGES) starts.push(from);
  const answers = starts.map(limited(SIDE_BY_SIDE, read));
  // Those behind one that failed are nobody's any more.
  for (const answer of answers) answer.catch(() => {});
  for (const answer of answers) {
    const pages = await answer;
    if (signal.aborted) return;
    if (pages) take(eventsOf(pages), null);
  }
}

/** The same function, of which at most so many calls are under way. */
function limited<In, Out>(most: number, call: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
  const begun: Promise<Out>[] = [];
  return (input) => {
    const result = Promise.resolve(begun.at(-most)).then(() => call(input));
    begun.push(result);
    return result;
  };
}

interface Pages {
  readonly execution: (Shown & ThreePages & { readonly lastEventSeq: number }) | null;
}

type ThreePages = Readonly<Record<'first' | 'second' | 'third', readonly RunEvent[]>>;

/** They are not read at one moment: behind a page that was not full yet something may be missing. */
const eventsOf = ({ first, second, third }: ThreePages) =>
  first.length < PAGE ? first : [...first, ...second, ...(second.length < PAGE ? [] : third)];

const PAGES_OF_EVENTS: TypedDocumentNode<Pages, Record<string, unknown>> = gql`
  query RunEvents($id: ID!, $after: Int!, $second: Int!, $third: Int!, $deltas: Boolean!) {
    execution(id: $id) {
      ...FootlightShown
      lastEventSeq
      first: events(first: 100, after: $after) {
        ...RunEventFields
      }
      second: events(first: 100, after: $second) {
        ...RunEventFields
      }
      third: events(first: 100, after: $third) {
        ...RunEventFields
      }
    }
  }
  ${RUN_EVENT_FIELDS}
  ${SHOWN}
`;
