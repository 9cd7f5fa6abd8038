import { expect, test } from 'vitest';
import { withAnswered } from './answered.ts';
import { visitStanding } from './programme.ts';
import { isWriting, placeStanding } from './standing.ts';
import { asked, at, runOf, stage, started, status } from './testing.ts';

const judging = (since: string) => ({
  diagnosis: {
    __typename: 'Diagnosis' as const,
    waitingFor: 'JUDGE' as const,
    since,
    until: null,
    message: '',
    advice: [],
  },
});
const stands = (run: ReturnType<typeof runOf>) => placeStanding(run, run.attempts.at(-1) as never);

test('an answer that its judge reads is not being written any more', () => {
  const run = runOf(status('RUNNING'), started(1));
  expect(withAnswered(run, null)).toBe(run);
  const told = withAnswered(run, judging(at(5)));
  expect(told.attempts[0]?.answeredAt).toBe(at(5));
  expect(isWriting(told.attempts[0] as never)).toBe(false);
  expect(stands(told)).toEqual({ mark: 'running', word: 'being judged' });
  expect(withAnswered(run, judging(at(5))).attempts[0]).toBe(told.attempts[0]);
});

test('what was said of the attempt before says nothing of this one', () => {
  const run = runOf(status('RUNNING'), started(1), status('RUNNING'), started(1, { attempt: 2 }));
  expect(withAnswered(run, judging(at(2)))).toBe(run);
});

test('a run that is paused, or waits for its judge, lets no model write', () => {
  const paused = withAnswered(runOf(status('RUNNING'), started(1), status('PAUSED')), null);
  expect(paused.attempts[0]?.answeredAt).toBe(at(2));
  expect(stands(paused)).toEqual({ mark: 'paused', word: 'paused' });
  const waits = withAnswered(runOf(status('RUNNING'), started(1), status('PENDING', 'JUDGE_WAIT')), null);
  expect(stands(waits)).toEqual({ mark: 'retry', word: 'waits for its judge' });
});

test('one that waits for a person still does', () => {
  const run = withAnswered(
    runOf(status('RUNNING'), started(1), asked(1), status('PAUSED', 'AWAITING_VALIDATION')),
    null,
  );
  expect(stands(run).mark).toBe('you');
});

test('so do its items', () => {
  const events = [status('RUNNING'), started(1, { item: 0, items: 2 }), status('PAUSED')];
  const run = withAnswered(runOf(...events), null);
  expect(visitStanding(stage(1), run.attempts, run)).toEqual({ mark: 'paused', word: 'paused' });
});
