import { expect, test } from 'vitest';
import { finished, runOf, started, status } from '../testing.ts';
import { scenesOf } from './scenes.ts';

const events = [status('RUNNING'), started(1), finished(1, 'PASS'), started(2), finished(2, 'PASS')];

test('a scene for each visit, in the order in which they began', () => {
  const scenes = scenesOf(runOf(...events, started(1, { attempt: 2, visit: 2 })));
  expect(scenes.map(({ key }) => key)).toEqual(['1.1', '2.1', '1.2']);
});

test('what did not change is the same scene as before', () => {
  const run = runOf(...events);
  const before = scenesOf(run);
  expect(scenesOf({ ...run, attempts: [...run.attempts] }, before)[0]).toBe(before[0]);
});
