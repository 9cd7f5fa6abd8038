import type { ApolloClient } from '@apollo/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunAttemptsQueryVariables } from './RunAttempts.generated.ts';
import { makeRowAttempts, type ShownRun } from './rowAttempts.ts';
import type { RunsList } from './runsList.ts';

const IDS = Array.from({ length: 200 }, (_, index) => `run ${index}`);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A list of runs on a server that says of each what it is told. */
function stage() {
  const asked: Omit<RunAttemptsQueryVariables, 'attempts'>[] = [];
  const given: AbortSignal[] = [];
  const runs = new Map(IDS.map((id) => [id, run(id)]));
  let held: Promise<void> | null = null;
  const query = async ({ variables, context }: { variables: RunAttemptsQueryVariables; context: Context }) => {
    const { attempts: _, ...where } = variables;
    asked.push(where);
    const { signal } = context.fetchOptions;
    given.push(signal);
    await held;
    signal.throwIfAborted();
    const { after, first, statuses } = variables;
    const from = after ? Number(after) + 1 : 0;
    const matching = IDS.slice(from).map((id) => runs.get(id) as ShownRun);
    const nodes = matching.filter(({ status }) => statuses === undefined || [statuses].flat().includes(status));
    return { data: { executions: { nodes: nodes.slice(0, first).map((node) => ({ ...node, logs: { nodes: [] } })) } } };
  };
  const list = { current: () => ({ ids: IDS }), cursorOf: (id: string) => id.slice(4) };
  const attempts = makeRowAttempts({ query } as unknown as ApolloClient, list as unknown as RunsList, {});
  return {
    asked,
    given,
    attempts,
    show(from: number, to: number) {
      for (const id of IDS.slice(from, to)) attempts.show(runs.get(id) as ShownRun);
    },
    hide(from: number, to: number) {
      for (const id of IDS.slice(from, to)) attempts.hide(id);
    },
    change(index: number, fields: Partial<ShownRun>) {
      runs.set(`run ${index}`, { ...(runs.get(`run ${index}`) as ShownRun), ...fields });
    },
    /** Answers are held back until what it returns is called. */
    hold() {
      let release = () => {};
      held = new Promise((settle) => {
        release = settle;
      });
      return release;
    },
    rest: () => vi.advanceTimersByTimeAsync(1000),
  };
}

interface Context {
  fetchOptions: { signal: AbortSignal };
}

const run = (id: string): ShownRun => ({
  id,
  status: 'COMPLETED',
  statusReason: null,
  currentStageOrder: null,
  createdAt: '2026-11-30T12:00:00.000Z',
  startedAt: '2026-11-30T12:00:00.000Z',
  lastEventSeq: 4,
});

test('rows in view are read in one request, once', async () => {
  const { attempts, asked, show, hide, rest } = stage();
  show(0, 30);
  await rest();
  expect(asked).toEqual([{ first: 30, after: null }]);
  expect(attempts.of('run 29')).toMatchObject({ lastEventSeq: 4 });
  expect(attempts.of('run 30')).toBeNull();
  hide(0, 10);
  show(30, 40);
  await rest();
  expect(asked.slice(1)).toEqual([{ first: 10, after: '29' }]);
  show(0, 10);
  await rest();
  expect(asked).toHaveLength(2);
});

test('rows that fly past are not read, and what is read of them is given up', async () => {
  const { asked, given, show, hide, hold, rest } = stage();
  const release = hold();
  show(0, 30);
  await vi.advanceTimersByTimeAsync(150);
  expect(asked).toHaveLength(1);
  for (let top = 1; top < 170; top += 1) {
    hide(top - 1, top);
    show(top + 29, top + 30);
    await vi.advanceTimersByTimeAsync(16);
  }
  expect(given[0]?.aborted).toBe(true);
  expect(asked).toHaveLength(1);
  release();
  await rest();
  expect(asked.slice(1)).toEqual([{ first: 30, after: '168' }]);
});

test('runs that go on are read again, and of those around them none that has ended', async () => {
  const { attempts, asked, show, change, rest } = stage();
  for (const index of [3, 7]) change(index, { status: 'RUNNING', currentStageOrder: 1, lastEventSeq: 3 });
  show(0, 30);
  await rest();
  show(0, 30);
  // What changes nothing of where it is changes none of its lamps.
  change(7, { lastEventSeq: 4 });
  show(7, 8);
  await rest();
  expect(asked).toHaveLength(1);
  for (const index of [3, 7]) change(index, { currentStageOrder: 2, lastEventSeq: 6 });
  show(3, 8);
  await rest();
  const again = { first: 5, after: '2', statuses: ['PENDING', 'RUNNING', 'PAUSED'], createdAfter: run('').createdAt };
  expect(asked.slice(1)).toEqual([again]);
  change(3, { status: 'COMPLETED', lastEventSeq: 9 });
  show(3, 4);
  await rest();
  expect(asked.slice(2)).toEqual([{ first: 1, after: '2' }]);
  expect(attempts.of('run 3')).toMatchObject({ lastEventSeq: 9 });
});

test('what has not begun is not read, and what is no longer in the list not again and again', async () => {
  const { asked, attempts, show, change, rest } = stage();
  change(1, { status: 'PENDING', startedAt: null });
  show(1, 2);
  await rest();
  expect(asked).toEqual([]);
  attempts.show({ ...run('run 5'), lastEventSeq: 5 });
  await rest();
  attempts.show({ ...run('run 5'), lastEventSeq: 6, status: 'FAILED' });
  await rest();
  expect(asked).toHaveLength(2);
  attempts.look();
  await rest();
  expect(asked).toHaveLength(2);
});
