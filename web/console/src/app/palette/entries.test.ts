import { expect, test } from 'vitest';
import { doable, idIn, matches, placesOf, shortIdIn, startedIn } from './entries.ts';

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

test('an id as pages shorten it is like the whole one', () => {
  const id = '01a22d96-42b2-7cc1-8b0e-2a6c4f0aa24b';
  for (const short of ['01a22d96…a24b', '01a22d96...a24b', 'Run 01A22D96-42b2', '01a22d96']) {
    expect(shortIdIn(short)?.(id)).toBe(true);
  }
  expect(shortIdIn('01a22d96…a24c')?.(id)).toBe(false);
  expect(shortIdIn('Recall notice 2')).toBeNull();
});

test('the word start goes before the name of what is started', () => {
  expect(startedIn('start')).toBe('');
  expect(startedIn('Sta recall notice')).toBe('recall notice');
  expect(startedIn('recall')).toBeNull();
});

test('what the page can do is offered once, without its steps; of two with one key what acts', () => {
  const ran: string[] = [];
  const action = (does: string, keys?: string) => ({ does, run: () => ran.push(does), ...(keys ? { keys } : {}) });
  const offered = doable([
    action('find or do anything', 'Ctrl K'),
    action('new workflow', 'C'),
    action('next run', 'J'),
    action('take a snapshot', 'C'),
    action('add a stage'),
  ]);
  expect(offered.map(({ title, kind }) => [title, kind])).toEqual([
    ['Add a stage', 'do'],
    ['Take a snapshot', 'C'],
  ]);
  for (const { run } of offered) run();
  expect(ran).toEqual(['add a stage', 'take a snapshot']);
});
