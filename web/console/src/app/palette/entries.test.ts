import { expect, test } from 'vitest';
import { idIn, matches, placesOf } from './entries.ts';

test('an id is found in whatever was pasted with it', () => {
  const id = '0198f7b2-6f1e-7cc1-8b0e-2a6c4f0a9d11';
  expect(idIn(`see http://host/runs/${id.toUpperCase()}?log=1`)).toBe(id);
  expect(idIn('a word')).toBeNull();
});

test('words match in any order', () => {
  expect(matches('Recall notice in four languages', 'four recall')).toBe(true);
  expect(matches('Recall notice', 'refund')).toBe(false);
});

test('an attempt leads to its run with that attempt open', () => {
  const paths: string[] = [];
  const nothing = { execution: null, workflow: null, snapshot: null, stage: null, model: null };
  const log = { __typename: 'ExecutionLog' as const, id: 'l', executionId: 'r', stageOrder: 3 };
  const [place] = placesOf({ ...nothing, executionLog: log }, (path) => paths.push(path));
  place?.run();
  expect(paths).toEqual(['/runs/r?log=l']);
});
