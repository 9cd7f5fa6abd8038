import { expect, test } from 'vitest';
import { describe as told } from './describe.ts';
import { stageOf } from './stageOf.fixture.ts';
import { wiresOf } from './wires.ts';

const stages = [
  stageOf(1, { routes: { by: 'stage_1.output.kind', to: { bill: 3, fault: 3, 'no thanks': 0 } }, nextStageOnPass: 4 }),
  stageOf(2, { nextStageOnFail: 1, validationType: 'LLM' }),
  stageOf(3, { nextStageOnPass: 0, nextStageOnFail: 3 }),
  stageOf(4, { nextStageOnFail: 9, forEach: { in: 'inputs.list' }, validationType: 'REGEX' }),
];

test('a way is drawn for every pass, value and fail that leads to a stage, each once', () => {
  expect(wiresOf(stages)).toEqual([
    { from: 0, to: 3, kind: 'pass' },
    { from: 0, to: 2, kind: 'value' },
    { from: 1, to: 2, kind: 'pass' },
    { from: 1, to: 0, kind: 'fail' },
    { from: 2, to: 2, kind: 'fail' },
  ]);
});

test('what cannot be read as routes draws nothing', () => {
  expect(wiresOf([stageOf(1, { routes: 'a' }), stageOf(2, { routes: { by: 1, to: { a: 'b' } } })])).toEqual([
    { from: 0, to: 1, kind: 'pass' },
  ]);
});

test('the same is said in words', () => {
  expect(stages.map((_, index) => told(stages, index))).toEqual([
    'bill to 3, fault to 3, no thanks ends, then on to 4',
    'judged by a model, else back to 1',
    'then the end, else here again',
    'for each item, judged by a pattern',
  ]);
});
