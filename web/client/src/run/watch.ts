// A run under somebody's eyes: what is stored of it, then one subscription; a queue, and one fold a frame, in the beat that
// all of the page has. Where there is much, as of a long run, it is folded over several frames and shown after the last of
// them.
//
// Events never enter the cache. What they say of things that the cache knows does: the state of the run, and logs that
// have finished.

import { type ApolloClient, gql, type TypedDocumentNode } from '@apollo/client';
import { writeKnown } from '../cache/known.ts';
import { type FootlightError, footlightErrors } from '../errors.ts';
import { inNextFrame } from '../frame.ts';
import { AT_ONCE } from '../link/framed.ts';
import { hasEnded } from '../schema.ts';
import { type ExecutionStatusChanged, type FinishedLog, RUN_EVENT_FIELDS, type RunEvent } from './event.ts';
import { foldRunEvents } from './fold.ts';
import { readHistory, SHOWN, type Shown } from './history.ts';
import { initialRun, type RunState } from './state.ts';

interface RunView {
  readonly run: RunState;
  readonly error: FootlightError | null;
}

/** For `useSyncExternalStore`. The run is watched for as long as somebody listens. */
export interface RunWatch {
  current(): RunView;
  subscribe(listener: () => void): () => void;
}

/** Are the words of answers wanted? `new`: only of those that are not finished yet. */
export type Deltas = boolean | 'new';

/** In milliseconds: who comes back within it finds the run where it stands. */
const LINGER = 10_000;

/** So many events are folded within some milliseconds. */
const MOST_A_FRAME = 1000;

/** In milliseconds: pages of the past that follow each other within it are shown together. */
const TOGETHER = 1000;

const watches = new WeakMap<ApolloClient, Map<string, RunWatch>>();

/** The one watch of a run, however many components show it. */
export function runWatch(client: ApolloClient, id: string, deltas: Deltas): RunWatch {
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

function createWatch(client: ApolloClient, id: string, deltas: Deltas, forgotten: () => void): RunWatch {
  const listeners = new Set<() => void>();
  let view: RunView = { run: initialRun(id), error: null };
  let folded = view.run;
  let queue: WatchedEvent[] = [];
  let row: Shown | null = null;
  let error: FootlightError | null = null;
  let watching: AbortController | null = null;
  let isReading = false;
  let shownAt = -TOGETHER;
  let leaving: ReturnType<typeof setTimeout> | undefined;

  function fold(): void {
    const events = queue.splice(0, MOST_A_FRAME);
    if (row) rememberRun(client, row);
    row = null;
    remember(client, events);
    folded = foldRunEvents(folded, events);
    if (queue.length > 0) inNextFrame(fold);
    else if (!isReading || performance.now() - shownAt > TOGETHER) show({ run: folded, error });
  }

  function show(next: RunView): void {
    if (next.run === view.run && next.error === view.error) return;
    view = next;
    shownAt = performance.now();
    for (const listener of [...listeners]) listener();
  }

  async function begin({ signal }: AbortController): Promise<void> {
    const take = (events: readonly RunEvent[], run: Shown | null) => {
      queue.push(...events);
      row = run ?? row;
      inNextFrame(fold);
    };
    isReading = true;
    // What cannot be read so is sent by the subscription, which also says what is wrong, or waits until it is mended.
    await readHistory(client, { id, deltas: deltas === true, after: view.run.lastSeq, signal }, take).catch(() => {});
    isReading = false;
    inNextFrame(fold);
    do await nextFrame();
    while (queue.length > 0);
    if (!signal.aborted && !hasEnded(view.run.status)) follow(signal);
  }

  function follow(signal: AbortSignal): void {
    const variables = { id, after: view.run.lastSeq, deltas: deltas !== false };
    // Who joined a subscription of somebody else's would miss what was sent before.
    const context = { ...AT_ONCE, queryDeduplication: false };
    const events = client.subscribe({ query: WATCH_RUN, variables, fetchPolicy: 'no-cache', context });
    const following = events.subscribe({
      next({ data, error: refusal }) {
        if (data) queue.push(data.executionEvents);
        error = footlightErrors(refusal)[0] ?? null;
        inNextFrame(fold);
      },
    });
    signal.addEventListener('abort', () => following.unsubscribe(), { once: true });
  }

  function leave(): void {
    watching?.abort();
    watching = null;
    // Whoever comes back is sent them again.
    queue = [];
    folded = view.run;
    forgotten();
  }

  return {
    current: () => view,
    subscribe(listener) {
      clearTimeout(leaving);
      listeners.add(listener);
      if (watching === null) {
        watching = new AbortController();
        begin(watching);
      }
      return () => {
        listeners.delete(listener);
        // What was refused is tried again by whoever comes next.
        if (listeners.size === 0) leaving = setTimeout(leave, view.error ? 0 : LINGER);
      };
    },
  };
}

const nextFrame = (): Promise<void> =>
  new Promise((settle) => {
    inNextFrame(settle);
  });

/** Of the subscription alone a change of state brings the row. */
type WatchedEvent =
  | Exclude<RunEvent, ExecutionStatusChanged>
  | (ExecutionStatusChanged & { readonly execution?: Shown });

const WATCH_RUN: TypedDocumentNode<{ executionEvents: WatchedEvent }, { id: string; after: number; deltas: boolean }> =
  gql`
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
    usage { promptTokens completionTokens totalTokens }
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

function remember(client: ApolloClient, events: readonly WatchedEvent[]): void {
  const changed = events.findLast((event) => event.__typename === 'ExecutionStatusChanged');
  if (changed?.execution) rememberRun(client, changed.execution);
  for (const event of events) if (event.__typename === 'StageFinished') rememberLog(client, event.log);
}

function rememberRun(client: ApolloClient, run: Shown): void {
  writeKnown(client, SHOWN, { ...run }, CHANGED_BY_STATUS);
}

function rememberLog(client: ApolloClient, log: FinishedLog): void {
  const usage = log.usage && { __typename: 'Usage', ...log.usage };
  writeKnown(client, FINISHED, { ...log, __typename: 'ExecutionLog', usage }, CHANGED_BY_FINISH);
}
