import { describe, expect, test } from 'vitest';
import { recorded } from '../../test/recorded.ts';
import type { RunEvent } from './event.ts';
import { foldRun, foldRunEvents } from './fold.ts';
import { initialRun, type RunState } from './state.ts';
import { type RunTime, timeOf } from './time.ts';

const sumOf = ({ turn, model, judge, retry, person, pause }: RunTime) => turn + model + judge + retry + person + pause;

describe.each([...recorded])('%s', (_, events) => {
  test('after every event the parts sum up to the whole, and the spans lie end to end', () => {
    let run = initialRun('run');
    for (const event of events) {
      run = foldRun(run, event);
      const now = Date.parse(event.occurredAt) + 1234;
      const time = timeOf(run, now);
      const end = run.endedAt === null ? now : Date.parse(run.endedAt);
      expect(time.total).toBe(end - Date.parse(run.createdAt as string));
      expect(sumOf(time)).toBe(time.total);
      expect(time.spans.map(({ start }) => start).slice(1)).toEqual(time.spans.map((span) => span.end).slice(0, -1));
      const spanned = time.spans.reduce((sum, span) => sum + Date.parse(span.end) - Date.parse(span.start), 0);
      expect(spanned).toBe(time.total);
    }
  });
});

function timeOfRecorded(name: string): RunTime {
  return timeOf(foldRunEvents(initialRun('run'), recorded.get(name) ?? []), 0);
}

test('a person takes the time until they decide, a pause the time until somebody resumes', () => {
  const person = timeOfRecorded('a-person-who-refuses-edits-and-passes');
  expect(person.person).toBeGreaterThan(200);
  expect(person.spans.filter(({ kind }) => kind === 'person').map(({ stageOrder }) => stageOrder)).toEqual([1, 1]);
  expect(person.pause).toBe(0);
  expect(timeOfRecorded('a-pause-that-holds-after-a-decision').pause).toBeGreaterThan(100);
});

test('a judge takes the time after the answer', () => {
  const { judge, model } = timeOfRecorded('a-judge-who-is-out');
  expect(judge).toBeGreaterThan(40);
  expect(model).toBeGreaterThan(100);
});

const AT = (second: number) => new Date(Date.UTC(2026, 10, 23, 8, 45, second)).toISOString();

/** Waits from 2 to 7 for another try that may begin at 5. */
const waiting: RunState = foldRunEvents(initialRun('run'), [
  status(1, 0, 'PENDING', null),
  status(2, 1, 'RUNNING', null),
  started(3, 1, 'one', 1),
  finished(4, 2, 'one'),
  {
    ...at(5, 2),
    __typename: 'StageRetryScheduled',
    stageOrder: 1,
    attemptNumber: 2,
    itemIndex: null,
    retryAt: AT(5),
    reason: null,
  },
  status(6, 2, 'PENDING', 'RETRY_WAIT'),
  status(7, 7, 'RUNNING', null),
  started(8, 7, 'two', 2),
]);

test('a try that is due and does not begin waits for its turn', () => {
  const { spans, ...sums } = timeOf(waiting, Date.parse(AT(9)));
  expect(sums).toEqual({ total: 9000, turn: 3000, model: 3000, judge: 0, retry: 3000, person: 0, pause: 0 });
  expect(spans.map(({ kind, logId }) => [kind, logId])).toEqual([
    ['turn', undefined],
    ['model', 'one'],
    ['retry', 'one'],
    ['turn', undefined],
    ['model', 'two'],
  ]);
});

test('a clock that is behind the run takes nothing away', () => {
  const time = timeOf(waiting, 0);
  expect(sumOf(time)).toBe(time.total);
  expect(time.total).toBe(7000);
});

function at(seq: number, second: number) {
  return { seq, occurredAt: AT(second) };
}

function status(seq: number, second: number, status: 'PENDING' | 'RUNNING', reason: string | null): RunEvent {
  return { ...at(seq, second), __typename: 'ExecutionStatusChanged', status, reason };
}

function started(seq: number, second: number, id: string, attemptNumber: number): RunEvent {
  const log = { id, visit: 1, stageName: null, executedAt: AT(second) };
  return {
    ...at(seq, second),
    __typename: 'StageStarted',
    stageOrder: 1,
    attemptNumber,
    itemIndex: null,
    itemCount: null,
    log,
  };
}

function finished(seq: number, second: number, id: string): RunEvent {
  const log = {
    id,
    status: 'FINISHED' as const,
    validationResult: 'ERROR' as const,
    validatorNotes: null,
    errorMessage: 'no answer',
    answeredAt: null,
    durationMs: 1000,
    usage: null,
  };
  const place = { stageOrder: 1, attemptNumber: 1, itemIndex: null, nextStageOrder: 1, routeValue: null };
  return { ...at(seq, second), ...place, __typename: 'StageFinished', validationResult: 'ERROR', log };
}
