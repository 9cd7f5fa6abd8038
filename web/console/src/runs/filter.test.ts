import { expect, test } from 'vitest';
import { sinceInWords, validateRunsSearch, variablesOf } from './filter.ts';

test('an address says only what is known', () => {
  expect(validateRunsSearch({ statuses: 'FAILED,NONSENSE,RUNNING', since: 'never', rows: 'two', page: 3 })).toEqual({
    statuses: 'RUNNING,FAILED',
    rows: 'two',
  });
  expect(validateRunsSearch({ statuses: 'NONSENSE' })).toEqual({});
});

test('the server is asked for whole states, and for times that stay the same for minutes', () => {
  const now = new Date('2026-11-30T12:33:21');
  expect(variablesOf({ statuses: 'RUNNING,PENDING', workflow: 'w' }, now)).toEqual({
    statuses: ['PENDING', 'RUNNING'],
    workflowId: 'w',
  });
  const begin = (since: string) => new Date(variablesOf({ since }, now).createdAfter ?? '');
  expect(begin('hour')).toEqual(new Date('2026-11-30T11:30:00'));
  expect(begin('today')).toEqual(new Date('2026-11-30T00:00:00'));
  expect(begin('week')).toEqual(new Date('2026-11-24T00:00:00'));
  expect(begin('2026-11-26')).toEqual(new Date('2026-11-26T00:00:00'));
});

test('a day is told by its name', () => {
  expect(sinceInWords('2026-11-26')).toBe('Since Thursday, 26 November');
});
