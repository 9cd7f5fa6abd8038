import { expect, test } from 'vitest';
import type { Problem } from '../draft/problems.ts';
import { inPlace, placesAbove, problemsLeft } from './places.ts';

const problem = (field: string | null, message = ''): Problem => ({
  severity: 'ERROR',
  code: 'X',
  message,
  local: 'a',
  field,
  span: null,
});

test('a problem says in its place neither the stage nor the field again', () => {
  for (const [field, message, told] of [
    ['modelId', 'stage 1: modelId is missing: choose a model first', 'Is missing: choose a model first'],
    ['promptTemplate', 'stage 12 (Draft: one (a)): promptTemplate reads x', 'Reads x'],
    ['routes.to.a', 'stage 1 (Name): routes.to.a 7 is no stage', '7 is no stage'],
    [null, 'stage 3 is never run', 'Is never run'],
  ] as const) {
    expect(inPlace(problem(field, message))).toBe(told);
  }
});

test('what no part shows is left for the whole', () => {
  const all = ['routes', 'routes.by', 'routes.to.a', 'routes.to.ab', 'routesX', null].map((field) => problem(field));
  expect(
    problemsLeft(all, 'routes', { shown: ['routes.by'], faulty: ['routes.to.a'] }).map(({ field }) => field),
  ).toEqual(['routes', 'routes.to.ab']);
  const doubtful = { ...problem('routes.by'), severity: 'WARNING' as const };
  expect(problemsLeft([doubtful], 'routes', { faulty: ['routes.by'] })).toEqual([doubtful]);
});

test('a place lies within others', () => {
  expect(placesAbove('messages[1].content')).toEqual(['messages[1].content', 'messages[1]', 'messages']);
});
