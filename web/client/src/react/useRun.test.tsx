// @vitest-environment jsdom
import { ApolloClient, ApolloLink, type DocumentNode, gql, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { useQuery } from '@apollo/client/react';
import { act, render, renderHook, waitFor } from '@testing-library/react';
import { Profiler, StrictMode } from 'react';
import { Observable, Subject } from 'rxjs';
import { afterEach, expect, test, vi } from 'vitest';
import { recorded } from '../../test/recorded.ts';
import { cachePolicies } from '../cache/policies.ts';
import type { ConnectionState } from '../connection.ts';
import type { Footlight } from '../footlight.ts';
import type { RunEvent } from '../run/event.ts';
import { framed } from '../link/framed.ts';
import { FootlightProvider } from './provider.tsx';
import { useRun } from './useRun.ts';

const EVENTS = recorded.get('words-beyond-the-basic-plane') ?? [];
const STORED = EVENTS.filter(({ __typename }) => __typename !== 'StageOutputDelta');

/** A server with one run, of which so many events have happened, and the rest is told by the test. */
function house({ stored = [] as RunEvent[], error = null as Error | null } = {}) {
  const live = new Subject<RunEvent>();
  const late = new Subject<ApolloLink.Result>();
  const asked: { operation: string | undefined; after: number }[] = [];
  const texts: unknown[] = [];
  const row = {
    __typename: 'Execution',
    id: 'run',
    status: 'RUNNING',
    statusReason: null,
    currentStageOrder: 1,
    pauseRequested: false,
    nextRunAt: null,
    errorMessage: null,
    startedAt: null,
    completedAt: null,
  };
  const server = new ApolloLink((operation) => {
    if (operation.operationName === 'Late') return late;
    const { after, deltas } = operation.variables as { after: number; deltas: boolean };
    texts.push(deltas);
    asked.push({ operation: operation.operationName, after });
    return new Observable((to) => {
      if (operation.operationType === 'subscription') {
        if (error) return to.error(error);
        const events = live.subscribe((event) => {
          const data =
            event.__typename === 'ExecutionStatusChanged'
              ? { ...event, execution: { ...row, status: event.status } }
              : event;
          to.next({ data: { executionEvents: data } });
        });
        return () => events.unsubscribe();
      }
      if (operation.operationName === 'RunEvents') {
        const { second, third } = operation.variables as { second: number; third: number };
        const page = (from: number) => stored.filter(({ seq }) => seq > from && seq <= from + 100);
        const pages = { first: page(after), second: page(second), third: page(third) };
        to.next({ data: { execution: error ? null : { ...row, lastEventSeq: stored.length, ...pages } } });
        to.complete();
      }
      return undefined;
    });
  });
  const link = framed().concat(server);
  const client = new ApolloClient({ link, cache: new InMemoryCache(cachePolicies), dataMasking: true });
  const heard = new Set<() => void>();
  let connection: ConnectionState = 'open';
  const footlight: Footlight = {
    link,
    connection: {
      current: () => connection,
      subscribe: (listener) => {
        heard.add(listener);
        return () => heard.delete(listener);
      },
    },
    tokenRenewed: () => {},
    close: () => {},
  };
  const wrapper = ({ children }: { children: React.ReactNode }) => (
    <StrictMode>
      <FootlightProvider client={client} footlight={footlight}>
        {children}
      </FootlightProvider>
    </StrictMode>
  );
  return {
    client,
    wrapper,
    asked,
    texts,
    tell: (events: readonly RunEvent[]) => events.forEach((event) => void live.next(event)),
    /** The answer to the query `Late`. */
    answer(execution: object) {
      late.next({ data: { execution: { ...row, ...execution } } });
      late.complete();
    },
    lose() {
      connection = 'lost';
      for (const listener of heard) listener();
    },
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

/** From now on a frame comes when the test says so. */
function heldFrames() {
  let frames: FrameRequestCallback[] = [];
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback));
  vi.stubGlobal('cancelAnimationFrame', (frame: number) => {
    delete frames[frame - 1];
  });
  return () => {
    const due = frames;
    frames = [];
    for (const callback of due) callback?.(0);
  };
}

test('what is stored is read, then the run is watched from there: once, whoever shows it', async () => {
  const { wrapper, asked, tell } = house({ stored: STORED.slice(0, 3) });
  const shown = renderHook(() => [useRun('run', { deltas: true }), useRun('run', { deltas: true })] as const, {
    wrapper,
  });
  await waitFor(() => expect(shown.result.current[0].run.lastSeq).toBe(3));
  expect(shown.result.current[0].run).toBe(shown.result.current[1].run);
  await waitFor(() => expect(asked.length).toBe(2));
  tell(EVENTS.slice(3));
  await waitFor(() => expect(shown.result.current[0].run.status).toBe('COMPLETED'));
  expect(shown.result.current[0]).toMatchObject({ connection: 'open', error: null });
  expect(asked).toEqual([
    { operation: 'RunEvents', after: 0 },
    { operation: 'WatchRun', after: 3 },
  ]);
});

test('however many events come, a frame folds them once', async () => {
  const { wrapper, asked, tell } = house({ stored: STORED.slice(0, 3) });
  const states = new Set<object>();
  const shown = renderHook(
    () => {
      const { run } = useRun('run', { deltas: true });
      states.add(run);
      return run;
    },
    { wrapper },
  );
  await waitFor(() => expect(shown.result.current.lastSeq).toBe(3));
  await waitFor(() => expect(asked.length).toBe(2));
  const nextFrame = heldFrames();
  const before = states.size;
  await act(async () => tell(EVENTS.slice(3)));
  expect(states.size).toBe(before);
  await act(async () => nextFrame());
  expect(states.size).toBe(before + 1);
});

test('what comes between two frames is drawn at once: events, what they change in the cache, answers, the connection', async () => {
  const { client, wrapper, asked, tell, answer, lose } = house({ stored: STORED.slice(0, 2) });
  client.writeQuery({ query: ROW, data: { execution: { __typename: 'Execution', id: 'run', status: 'RUNNING' } } });
  let commits = 0;
  const shown = render(
    <Profiler
      id="page"
      onRender={() => {
        commits += 1;
      }}
    >
      <Run />
      <Asked query={ROW} />
      <Asked query={LATE} />
    </Profiler>,
    { wrapper },
  );
  await waitFor(() => expect(asked.length).toBe(2));
  await waitFor(() => expect(shown.container.textContent).toBe('RUNNING 2 openRUNNING'));
  // React as it is outside of tests, where it draws when it likes to.
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false);
  const nextFrame = heldFrames();
  commits = 0;
  lose();
  tell(EVENTS.slice(2));
  answer({ status: 'COMPLETED', nextRunAt: 'never' });
  await passed();
  expect(commits).toBe(0);
  nextFrame();
  await passed();
  expect(shown.container.textContent).toBe(`COMPLETED ${STORED.length} lostCOMPLETEDnever`);
  expect(commits).toBe(1);
});

const ROW = gql('query { execution(id: "run") { id status } }');
const LATE = gql('query Late { execution(id: "run") { id nextRunAt } }');

function Run() {
  const { run, connection } = useRun('run', { deltas: true });
  return <p>{`${run.status} ${run.lastSeq} ${connection}`}</p>;
}

function Asked({ query }: { query: DocumentNode }) {
  const { data } = useQuery<{ execution: { status?: string; nextRunAt?: string } }>(query);
  return <p>{data?.execution.status ?? data?.execution.nextRunAt}</p>;
}

/** All that is to be done at once, and right after it, has been. */
const passed = () => new Promise((settle) => setTimeout(settle, 50));

test('so many events that they would keep a frame waiting are folded over several, and shown after the last', async () => {
  const stored = Array.from(
    { length: 2500 },
    (_, index): RunEvent => ({
      __typename: 'ExecutionStatusChanged',
      seq: index + 1,
      occurredAt: '2026-11-23T08:45:00.000Z',
      status: index === 2499 ? 'COMPLETED' : 'RUNNING',
      reason: null,
    }),
  );
  const { wrapper, asked } = house({ stored });
  const nextFrame = heldFrames();
  const shown = renderHook(() => useRun('run').run.lastSeq, { wrapper });
  await waitFor(() => expect(asked.length).toBe(9));
  await passed();
  const seen: number[] = [];
  for (let frame = 0; frame < 4; frame += 1) {
    await act(async () => nextFrame());
    seen.push(shown.result.current);
  }
  expect(seen).toEqual([0, 0, 2500, 2500]);
});

test('a run that has ended is read once, and nobody listens', async () => {
  const { wrapper, asked } = house({ stored: STORED });
  const shown = renderHook(() => useRun('run'), { wrapper });
  await waitFor(() => expect(shown.result.current.run.status).toBe('COMPLETED'));
  expect(asked).toEqual([{ operation: 'RunEvents', after: 0 }]);
});

test('a long run is read in pages, three in a request, in order', async () => {
  const stored = Array.from({ length: 950 }, (_, index): RunEvent => {
    const status = index === 949 ? 'COMPLETED' : 'RUNNING';
    return {
      __typename: 'ExecutionStatusChanged',
      seq: index + 1,
      occurredAt: '2026-11-23T08:45:00.000Z',
      status,
      reason: null,
    };
  });
  const { wrapper, asked } = house({ stored });
  const shown = renderHook(() => useRun('run'), { wrapper });
  await waitFor(() => expect(shown.result.current.run.lastSeq).toBe(950));
  expect(shown.result.current.run.gap).toBe(false);
  expect(asked.map(({ after }) => after)).toEqual([0, 300, 600, 900]);
});

test('what happens while a page is read leaves no gap: what follows a page that was not full yet is read again', async () => {
  const status = (seq: number): RunEvent => ({
    __typename: 'ExecutionStatusChanged',
    seq,
    occurredAt: '2026-11-23T08:45:00.000Z',
    status: 'RUNNING',
    reason: null,
  });
  // The first page was read when there were 60, the second when there were 120.
  const stored = Array.from({ length: 120 }, (_, index) => status(index + 1)).filter(
    ({ seq }) => seq <= 60 || seq > 100,
  );
  const { wrapper, asked } = house({ stored });
  const shown = renderHook(() => useRun('run').run, { wrapper });
  await waitFor(() => expect(asked.length).toBe(2));
  expect(asked[1]).toEqual({ operation: 'WatchRun', after: 60 });
  expect(shown.result.current.gap).toBe(false);
});

test('why a run cannot be watched is told', async () => {
  const error = new CombinedGraphQLErrors({ errors: [{ message: 'not found', extensions: { code: 'NOT_FOUND' } }] });
  const { wrapper } = house({ error });
  const shown = renderHook(() => useRun('run'), { wrapper });
  await waitFor(() => expect(shown.result.current.error).toEqual({ code: 'NOT_FOUND', message: 'not found' }));
});

test('events stay out of the cache, what they say of a known run and log does not', async () => {
  const { client, wrapper, asked, tell } = house({ stored: STORED.slice(0, 2) });
  const RUN = gql('query { execution(id: "run") { id status errorMessage output } }');
  const [first, second] = STORED.flatMap((event) => (event.__typename === 'StageFinished' ? [event.log.id] : []));
  const LOG = gql('query ($id: ID!) { executionLog(id: $id) { id status rawOutput } }');
  const known = { __typename: 'Execution', id: 'run', status: 'RUNNING', errorMessage: null, output: null };
  client.writeQuery({ query: RUN, data: { execution: known } });
  const log = { __typename: 'ExecutionLog', id: first, status: 'STARTED', rawOutput: null };
  client.writeQuery({ query: LOG, variables: { id: first }, data: { executionLog: log } });
  const shown = renderHook(() => useRun('run', { deltas: true }), { wrapper });
  await waitFor(() => expect(asked.length).toBe(2));
  tell(EVENTS.slice(2));
  await waitFor(() => expect(shown.result.current.run.status).toBe('COMPLETED'));
  const cached = client.extract() as Record<string, Record<string, unknown>>;
  expect(cached['Execution:run']).toMatchObject({ status: 'COMPLETED' });
  expect(cached[`ExecutionLog:${first}`]).toMatchObject({ status: 'FINISHED', validationResult: 'PASS' });
  expect(cached[`ExecutionLog:${second}`]).toBeUndefined();
  // Nobody says what these are now: whoever shows them reads them again.
  expect(cached['Execution:run']).not.toHaveProperty('output');
  expect(cached[`ExecutionLog:${first}`]).not.toHaveProperty('rawOutput');
  expect(JSON.stringify(cached)).not.toContain('StageFinished');
});

test('what the cache knows already is not read again', async () => {
  const { client, wrapper } = house({ stored: STORED.slice(0, 2) });
  const RUN = gql('query { execution(id: "run") { id status errorMessage output } }');
  const known = { __typename: 'Execution', id: 'run', status: 'RUNNING', errorMessage: null, output: 'kept' };
  client.writeQuery({ query: RUN, data: { execution: known } });
  const shown = renderHook(() => useRun('run'), { wrapper });
  await waitFor(() => expect(shown.result.current.run.lastSeq).toBe(2));
  expect(client.readQuery({ query: RUN })).toEqual({ execution: known });
});

test.each([
  [true, [true, true]],
  ['new', [false, true]],
  [false, [false, false]],
] as const)('deltas %s: the texts of what is stored, and of what comes', async (deltas, expected) => {
  const { wrapper, asked, texts } = house({ stored: STORED.slice(0, 2) });
  renderHook(() => useRun('run', { deltas }), { wrapper });
  await waitFor(() => expect(asked.length).toBe(2));
  expect(texts).toEqual(expected);
});
