// A run under somebody's eyes: one subscription, a queue, and at most one fold a frame.
//
// Events never enter the cache. What they say of things that the cache knows does: the state of the run, and logs that
// have finished.

import { type ApolloClient, gql, type TypedDocumentNode } from '@apollo/client';
import { forget, writeKnown } from '../cache/known.ts';
import { type FootlightError, footlightErrors } from '../errors.ts';
import { type ExecutionStatusChanged, type FinishedLog, RUN_EVENT_FIELDS, type RunEvent } from './event.ts';
import { foldRunEvents } from './fold.ts';
import { createFrame } from './frame.ts';
import { initialRun, type RunState } from './state.ts';

export interface RunView {
  readonly run: RunState;
  readonly error: FootlightError | null;
}

/** For `useSyncExternalStore`. The run is watched for as long as somebody listens. */
export interface RunWatch {
  current(): RunView;
  subscribe(listener: () => void): () => void;
}

/** In milliseconds: who comes back within it finds the run where it stands. */
const LINGER = 10_000;

const watches = new WeakMap<ApolloClient, Map<string, RunWatch>>();

/** The one watch of a run, however many components show it. */
export function runWatch(client: ApolloClient, id: string, deltas: boolean): RunWatch {
  let runs = watches.get(client);
  if (!runs) {
    runs = new Map();
    watches.set(client, runs);
  }
  const key = `${id} ${deltas}`;
  let watch = runs.get(key);
  if (!watch) {
    watch = createWatch(client, id, deltas, () => runs.delete(key));
    runs.set(key, watch);
  }
  return watch;
}

function createWatch(client: ApolloClient, id: string, deltas: boolean, forgotten: () => void): RunWatch {
  const listeners = new Set<() => void>();
  let view: RunView = { run: initialRun(id), error: null };
  let queue: RunEvent[] = [];
  let watching: { unsubscribe(): void } | null = null;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const frame = createFrame(fold);

  function fold(): void {
    const events = queue;
    queue = [];
    const run = foldRunEvents(view.run, events);
    remember(client, id, events);
    show({ ...view, run });
  }

  function show(next: RunView): void {
    if (next.run === view.run && next.error === view.error) return;
    view = next;
    for (const listener of [...listeners]) listener();
  }

  function begin(): void {
    const variables = { id, after: view.run.lastSeq, deltas };
    const events = client.subscribe({ query: WATCH_RUN, variables, fetchPolicy: 'no-cache' });
    watching = events.subscribe({
      next({ data, error }) {
        if (error) {
          end();
          show({ ...view, error: footlightErrors(error)[0] ?? null });
        } else if (data) {
          queue.push(data.executionEvents);
          frame.request();
        }
      },
      complete: end,
    });
  }

  function end(): void {
    frame.cancel();
    fold();
    watching?.unsubscribe();
  }

  function leave(): void {
    end();
    watching = null;
    forgotten();
  }

  return {
    current: () => view,
    subscribe(listener) {
      clearTimeout(leaving);
      listeners.add(listener);
      if (watching === null) begin();
      return () => {
        listeners.delete(listener);
        // What was refused is tried again by whoever comes next.
        if (listeners.size === 0) leaving = setTimeout(leave, view.error ? 0 : LINGER);
      };
    },
  };
}

type WatchedEvent = Exclude<RunEvent, ExecutionStatusChanged> | (ExecutionStatusChanged & { readonly execution: Shown });

/** The row as it is now, which is right for the cache, and wrong for the fold. */
interface Shown {
  readonly __typename: 'Execution';
  readonly id: string;
}

const SHOWN = gql`
  fragment FootlightShown on Execution {
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

const WATCH_RUN: TypedDocumentNode<{ executionEvents: WatchedEvent }, { id: string; after: number; deltas: boolean }> = gql`
  subscription WatchRun($id: ID!, $after: Int!, $deltas: Boolean!) {
    executionEvents(executionId: $id, after: $after, deltas: $deltas) {
      ...RunEventFields @unmask
      ... on ExecutionStatusChanged {
        execution {
          ...FootlightShown @unmask
        }
      }
    }
  }
  ${RUN_EVENT_FIELDS}
  ${SHOWN}
`;

const FINISHED = gql`
  fragment FootlightFinished on ExecutionLog {
    id
    status
    validationResult
    validatorNotes
    errorMessage
    answeredAt
    durationMs
    usage {
      promptTokens
      completionTokens
      totalTokens
    }
  }
`;

/** What the end of an attempt changes, and its event does not say. */
const CHANGED_BY_FINISH = [
  'rawOutput',
  'parsedOutput',
  'editedOutput',
  'reasoning',
  'judgeReasoning',
  'finishReason',
  'validatedAt',
] as const;

/** What a change of state changes, and its event does not say. */
const CHANGED_BY_STATUS = ['diagnosis', 'output', 'executionContext', 'lastEventSeq'] as const;

function remember(client: ApolloClient, id: string, events: readonly RunEvent[]): void {
  const { cache } = client;
  const changed = events.findLast((event) => event.__typename === 'ExecutionStatusChanged');
  const finished = events.filter((event) => event.__typename === 'StageFinished');
  if (!changed && finished.length === 0) return;
  cache.batch({
    update() {
      if (changed && 'execution' in changed) {
        forget(cache, { __typename: 'Execution', id }, CHANGED_BY_STATUS);
        writeKnown(cache, SHOWN, changed.execution as Shown);
      }
      for (const { log } of finished) rememberLog(client, log);
    },
  });
}

function rememberLog({ cache }: ApolloClient, log: FinishedLog): void {
  const entity = { __typename: 'ExecutionLog', id: log.id };
  forget(cache, entity, CHANGED_BY_FINISH);
  writeKnown(cache, FINISHED, { ...log, ...entity });
}
