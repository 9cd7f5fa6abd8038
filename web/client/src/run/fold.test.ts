import { describe, expect, test } from 'vitest';
import { recorded } from '../../test/recorded.ts';
import { hasEnded } from '../schema.ts';
import type { RunEvent, StageOutputDelta } from './event.ts';
import { foldRun, foldRunEvents } from './fold.ts';
import { initialRun, type RunState } from './state.ts';

describe.each([...recorded])('%s', (_, events) => {
  const states = statesOf(frozen(events));
  const end = states.at(-1) as RunState;

  test('ends, and leaves nothing open', () => {
    expect(hasEnded(end.status)).toBe(true);
    expect(end).toMatchObject({ gap: false, open: [], waits: [], endedAt: events.at(-1)?.occurredAt });
    expect(end.attempts.filter(({ status, endedAt }) => status === 'STARTED' || endedAt === null)).toEqual([]);
  });

  test('every prefix goes on to the same end, in one batch or event by event', () => {
    for (const [index, state] of states.entries()) {
      expect(foldRunEvents(state, events.slice(index))).toEqual(end);
      expect(foldRunEvents(initialRun('run'), events.slice(0, index))).toEqual(state);
    }
  });

  test('what is told twice changes nothing', () => {
    for (const [index, state] of states.entries()) {
      const stored = events.slice(0, index).filter(({ __typename }) => __typename !== 'StageOutputDelta');
      expect(foldRunEvents(state, stored)).toBe(state);
      expect(foldRunEvents(state, events.slice(index - 1, index))).toEqual(state);
    }
  });

  test('whoever comes late is sent the text so far, and has the same state', () => {
    for (const [index, state] of states.entries()) {
      const stored = events.slice(0, index).filter(({ __typename }) => __typename !== 'StageOutputDelta');
      const texts = state.open.flatMap((open) => textSoFar(state, open));
      expect(withoutDead(foldRunEvents(initialRun('run'), [...stored, ...texts]))).toEqual(withoutDead(state));
    }
  });

  test('at every moment an attempt is open exactly while it is under way, at most one at a place', () => {
    for (const { attempts, open } of states) {
      const started = attempts.flatMap(({ status }, index) => (status === 'STARTED' ? [index] : []));
      expect(open.toSorted((one, other) => one - other)).toEqual(started);
      const places = open.map((index) => `${attempts[index]?.stageOrder}/${attempts[index]?.itemIndex}`);
      expect(new Set(places).size).toBe(places.length);
    }
  });

  test('what did not change is the same object', () => {
    for (const [index, event] of events.entries()) {
      const [before, after] = [states[index] as RunState, states[index + 1] as RunState];
      const changed = after.attempts.filter((attempt, at) => attempt !== before.attempts[at]);
      // The run's end alone changes several at once, and a decision none that it is not about.
      if (event.__typename !== 'ExecutionStatusChanged') expect(changed.length).toBeLessThanOrEqual(2);
      if (event.__typename === 'StageOutputDelta') expect(after).toEqual({ ...before, attempts: after.attempts });
    }
  });
});

const DELTA = {
  __typename: 'StageOutputDelta',
  seq: 1,
  occurredAt: '2026-11-23T08:45:00.000Z',
  stageOrder: 1,
  attemptNumber: 1,
  itemIndex: null,
} as const;

function started(logId: string): RunState {
  return foldRun(initialRun('run'), {
    ...DELTA,
    __typename: 'StageStarted',
    itemCount: null,
    log: { id: logId, visit: 1, stageName: null, executedAt: DELTA.occurredAt },
  });
}

function textOf(state: RunState): string | undefined {
  return state.attempts[0]?.text;
}

test('offsets count code points: pieces with emoji fit together', () => {
  const pieces: [number, string][] = [
    [0, 'a\u{1F600}'],
    [2, '\u{1F680}b'],
    [4, '\u{1F469}\u200D\u{1F680}'],
    [7, '!'],
  ];
  const run = pieces.reduce(
    (state, [offset, text]) => foldRun(state, { ...DELTA, logId: 'l', offset, text }),
    started('l'),
  );
  expect(textOf(run)).toBe('a\u{1F600}\u{1F680}b\u{1F469}\u200D\u{1F680}!');
  expect(run.attempts[0]?.codePoints).toBe(8);
});

test('a piece at 0 takes the place of a text that was withdrawn', () => {
  let run = foldRun(started('l'), { ...DELTA, logId: 'l', offset: 0, text: 'a thought' });
  run = foldRun(run, { ...DELTA, logId: 'l', offset: 0, text: '' });
  expect(textOf(run)).toBe('');
  run = foldRun(run, { ...DELTA, logId: 'l', offset: 0, text: 'ok' });
  expect(textOf(run)).toBe('ok');
});

test('a piece after a lost one is passed over until the whole text comes', () => {
  let run = foldRun(started('l'), { ...DELTA, logId: 'l', offset: 0, text: 'ab' });
  run = foldRun(run, { ...DELTA, logId: 'l', offset: 5, text: 'f' });
  expect(textOf(run)).toBe('ab');
  run = foldRun(run, { ...DELTA, logId: 'l', offset: 0, text: 'abcdef' });
  expect(textOf(run)).toBe('abcdef');
});

test('an event that is missing shows', () => {
  const run = foldRun(started('l'), {
    ...DELTA,
    __typename: 'ExecutionStatusChanged',
    seq: 3,
    status: 'RUNNING',
    reason: null,
  });
  expect(run).toMatchObject({ gap: true, lastSeq: 3 });
});

test('of a log that is further on nothing is taken before its attempt has finished', () => {
  const log = {
    id: 'l',
    visit: 1,
    stageName: null,
    executedAt: DELTA.occurredAt,
    status: 'FINISHED',
    validationResult: 'PASS',
  };
  const run = foldRun(initialRun('run'), { ...DELTA, __typename: 'StageStarted', itemCount: null, log });
  expect(run.attempts[0]).toMatchObject({ status: 'STARTED', verdict: 'PENDING' });
});

test('a long text grows in time that does not depend on its length', () => {
  const piece = '\u{1F600} words ';
  let run = started('l');
  const began = performance.now();
  for (let count = 0; count < 20_000; count += 1) {
    run = foldRun(run, { ...DELTA, logId: 'l', offset: count * 8, text: piece });
  }
  expect(run.attempts[0]?.codePoints).toBe(160_000);
  expect(performance.now() - began).toBeLessThan(5000);
});

function statesOf(events: readonly RunEvent[]): RunState[] {
  const states = [frozen(initialRun('run'))];
  for (const event of events) states.push(frozen(foldRun(states.at(-1) as RunState, event)));
  return states;
}

function textSoFar({ attempts }: RunState, open: number): StageOutputDelta[] {
  const attempt = attempts[open];
  if (!attempt) return [];
  const { logId, stageOrder, attemptNumber, itemIndex, text } = attempt;
  return [{ ...DELTA, logId, stageOrder, attemptNumber, itemIndex, offset: 0, text }];
}

/** What an interrupted attempt had said nobody is told later. */
function withoutDead(state: RunState): RunState {
  const isDead = ({ status }: { status: string }) => status === 'INTERRUPTED' || status === 'CANCELLED';
  const attempts = state.attempts.map((attempt) =>
    isDead(attempt) ? { ...attempt, text: '', codePoints: 0 } : attempt,
  );
  return { ...state, attempts };
}

/** Whoever writes into it fails. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

test('whoever comes while a person decides has the answer by the question: its words are sent to nobody any more', () => {
  const at = { executionId: 'run', occurredAt: '2026-11-30T10:00:00.000Z' };
  const place = { stageOrder: 1, attemptNumber: 1, itemIndex: null };
  const log = { id: 'log', visit: 1, stageName: null, executedAt: at.occurredAt };
  const answered = { id: 'log', answeredAt: at.occurredAt, rawOutput: 'Tea 🫖' };
  const events = [
    { ...at, __typename: 'StageStarted', seq: 1, ...place, itemCount: null, log },
    { ...at, __typename: 'ManualValidationRequested', seq: 2, log: answered },
  ] as unknown as RunEvent[];
  const [attempt] = foldRunEvents(initialRun('run'), events).attempts;
  expect(attempt).toMatchObject({ text: 'Tea 🫖', codePoints: 5, awaitsPerson: true });
});
