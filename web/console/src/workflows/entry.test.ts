import { expect, test } from 'vitest';
import { ago, inputWords, placeWords, problemCount, sinceWords } from './entry.ts';
import { countWords } from './list.ts';
import { usualModel } from './models.ts';

const NOW = new Date('2026-11-12T12:00:00.000Z');

test('a time is told by how long ago it was, then by the day', () => {
  expect(ago('2026-11-12T11:59:30.000Z', NOW)).toBe('just now');
  expect(ago('2026-11-12T11:40:00.000Z', NOW)).toBe('20 min ago');
  expect(ago('2026-11-03T11:40:00.000Z', NOW)).toBe('on 3 November');
});

test('a run that is over is told by its end, another by its start', () => {
  const run = { createdAt: '2026-11-12T11:00:00.000Z', startedAt: '2026-11-12T11:30:00.000Z', completedAt: null };
  expect(sinceWords({ ...run, status: 'RUNNING' }, NOW)).toBe('started 30 min ago');
  expect(sinceWords({ ...run, status: 'FAILED', completedAt: '2026-11-12T11:50:00.000Z' }, NOW)).toBe('10 min ago');
});

test('problems are counted by what they are, and hints are none', () => {
  const of = (...severities: ('ERROR' | 'WARNING' | 'HINT')[]) =>
    problemCount(severities.map((severity) => ({ __typename: 'Problem' as const, severity })));
  expect(of('ERROR', 'ERROR', 'WARNING', 'HINT')).toEqual({ words: '2 problems, 1 doubt', isBad: true });
  expect(of('WARNING')).toEqual({ words: '1 doubt', isBad: false });
  expect(of('HINT')).toBeNull();
});

test('many inputs are cut', () => {
  expect(inputWords([])).toBeNull();
  expect(inputWords(['a', 'b', 'c', 'd', 'e', 'f'])).toEqual({ shown: 'a, b, c, d', others: 2 });
});

test('the place of a run is said for readers that do not see the lamps', () => {
  expect(placeWords({ status: 'RUNNING', currentStageOrder: 3 }, [1, 2, 3])).toBe('at stage 3 of 3');
  expect(placeWords({ status: 'COMPLETED', currentStageOrder: null }, [1])).toBe('all of 1 stage');
});

test('a list says how much there is, and what a search found', () => {
  expect(countWords(1, undefined)).toBe('1 workflow');
  expect(countWords(1000, undefined)).toBe('1,000 or more workflows');
  expect(countWords(2, 'moss')).toBe('2 workflows with “moss” in their names');
  expect(countWords(0, 'moss')).toBe('No workflow has “moss” in its name');
});

test('the offline model is taken where there is one, else the first that can run', () => {
  const model = (id: string, available = true) => ({ id, name: id, provider: 'x', available });
  expect(usualModel([model('a'), model('demo')], 'demo')?.id).toBe('demo');
  expect(usualModel([model('a', false), model('b')], undefined)?.id).toBe('b');
  expect(usualModel([model('a', false)], 'a')).toBeNull();
});
