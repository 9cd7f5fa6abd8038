import { describe, expect, test } from 'vitest';
import { programmeOf } from './programme.ts';
import { asked, finished, retry, runOf, stage, started, status } from './testing.ts';

const begun = [status('PENDING'), status('RUNNING')];
const stages = [stage(1), stage(2), stage(3, { skipsItems: true })];
const rows = (...events: object[]) => programmeOf(stages, runOf(...begun, ...events));

describe('the programme', () => {
  test('has a row for every stage, also for those to come', () => {
    const [first, second, third] = rows(started(1), finished(1, 'PASS'), started(2));
    expect(first).toMatchObject({ standing: { word: 'passed' }, tookMs: 1000, isNow: false, tries: [], visits: 1 });
    expect(second).toMatchObject({ standing: { word: 'writing' }, tookMs: null, isNow: true, lastLog: '2.1' });
    expect(third).toMatchObject({ standing: { mark: 'todo' }, visits: 0, lastLog: null });
  });

  test('says what was taken over from the run that is repeated, as long as it is not run again', () => {
    const takenOver = { runId: 'first', stages: new Set([1, 2]) };
    const run = runOf(...begun, started(2));
    const [first, second, third] = programmeOf(stages, run, takenOver);
    expect(first).toMatchObject({ standing: { word: 'taken over' }, takenFrom: 'first', lastLog: null });
    expect(second).toMatchObject({ standing: { word: 'writing' }, takenFrom: null });
    expect(third).toMatchObject({ standing: { word: 'to come' }, takenFrom: null });
  });

  test('lists the attempts where there were several, or a person decides', () => {
    const [first] = rows(started(1), finished(1, 'FAIL'), retry(1, 2), started(1, { attempt: 2 }));
    expect(first?.tries.map(({ logId }) => logId)).toEqual(['1.1', '1.2']);
    const [asks] = rows(started(1), asked(1));
    expect(asks).toMatchObject({ standing: { mark: 'you' }, tries: [{ logId: '1.1' }] });
  });

  test('says that another try is awaited', () => {
    const [first] = rows(started(1), finished(1, 'ERROR'), retry(1, 2), status('PENDING', 'RETRY_WAIT'));
    expect(first?.standing).toEqual({ mark: 'retry', word: 'waits to retry' });
  });

  test('adds up the visits of a loop', () => {
    const again = { attempt: 2, visit: 2 };
    const [first] = rows(
      started(1),
      finished(1, 'PASS'),
      started(2),
      finished(2, 'PASS'),
      started(1, again),
      finished(1, 'PASS', again),
    );
    expect(first).toMatchObject({ visits: 2, tookMs: 2000 });
  });

  test('counts the items of a list by the last attempt of each, and lists those that fail', () => {
    const items = 1000;
    const events = Array.from({ length: 6 }, (_, item) => started(3, { item, items }));
    const [, , row] = rows(
      ...events,
      finished(3, 'PASS', { item: 0 }),
      finished(3, 'PASS', { item: 1 }),
      finished(3, 'FAIL', { item: 2 }),
      finished(3, 'FAIL', { item: 3 }),
      retry(3, 2, { item: 3 }),
    );
    expect(row?.items).toMatchObject({ total: 1000, passed: 2, underWay: 2, retrying: 1, failing: [{ itemIndex: 2 }] });
    expect(row).toMatchObject({ standing: { word: 'writing' }, tries: [] });
  });

  test('passes with items that were left out, where they may be', () => {
    const items = 2;
    const events = [started(3, { item: 0, items }), started(3, { item: 1, items })];
    const ends = [finished(3, 'PASS', { item: 0 }), finished(3, 'FAIL', { item: 1 })];
    expect(rows(...events, ...ends)[2]?.standing.mark).toBe('passed');
    const strict = programmeOf([stage(3)], runOf(...begun, ...events, ...ends));
    expect(strict[0]?.standing.mark).toBe('failed');
  });
});
