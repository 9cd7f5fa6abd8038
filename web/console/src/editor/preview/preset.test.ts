import { expect, test } from 'vitest';
import { stageOf } from '../stages/stageOf.fixture.ts';
import { presetRun } from './preset.ts';
import { readSamples, samplesFor } from './samples.ts';

const run = (id: string, status: 'COMPLETED' | 'FAILED' | 'RUNNING', untilStageOrder: number | null = null) => ({
  id,
  status,
  untilStageOrder,
});
const stages = [stageOf(1), stageOf(2), stageOf(3)];
const preset = (runs: ReturnType<typeof run>[], order: number) => presetRun(runs, stages, stageOf(order));

test('values are taken of the newest run that has passed what comes before', () => {
  expect(preset([run('c', 'RUNNING'), run('b', 'FAILED'), run('a', 'COMPLETED')], 2)).toBe('a');
  expect(preset([run('b', 'COMPLETED', 1), run('a', 'COMPLETED')], 3)).toBe('a');
  expect(preset([run('b', 'COMPLETED', 1), run('a', 'COMPLETED')], 2)).toBe('b');
});

test('where no run has, they are the newest’s', () => {
  expect(preset([run('b', 'FAILED'), run('a', 'FAILED')], 2)).toBe('b');
  expect(preset([], 1)).toBe(null);
});

test('samples are given where the draft asks for them', () => {
  const samples = readSamples('{"topic": "tea", "gone": "x", "tone": ""}');
  expect(samplesFor(['topic', 'tone'], samples)).toEqual({ topic: 'tea' });
  expect(samplesFor(['tone'], samples)).toBe(undefined);
});
