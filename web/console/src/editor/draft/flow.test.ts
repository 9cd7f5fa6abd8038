import { expect, test } from 'vitest';
import { stageOf } from '../stages/stageOf.fixture.ts';
import type { DraftStage, StageFields } from './draft.ts';
import { flowOf, type Left } from './flow.ts';

const stagesOf = (...fields: Partial<StageFields>[]): DraftStage[] =>
  fields.map((one, index) => stageOf(index + 1, one));

/** The numbers of the stages of which this may be there when the stage with that number begins. */
function left(stages: readonly DraftStage[], what: Left, at: number): number[] {
  const flow = flowOf(stages);
  return stages.filter((_, place) => flow(what, place, at - 1)).map(({ order }) => order);
}
const outputs = (stages: readonly DraftStage[]) => stages.map((_, place) => left(stages, 'output', place + 1));

test('one after the other, each has what those before it left', () => {
  expect(outputs(stagesOf({}, {}, {}))).toEqual([[], [1], [1, 2]]);
});

test('in a loop there may be what later stages left, and the stage itself', () => {
  const back = stagesOf({}, { validationType: 'LLM', nextStageOnFail: 1 }, {});
  expect(outputs(back)).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  expect(left(back, 'notes', 1)).toEqual([2]);
  // A loop of passes, and one onto itself.
  expect(outputs(stagesOf({}, { nextStageOnPass: 1 }))).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(outputs(stagesOf({ nextStageOnFail: 1, validationType: 'REGEX' }))).toEqual([[1]]);
});

test('a stage that is passed over has left nothing', () => {
  const over = stagesOf({ nextStageOnPass: 3, nextStageOnFail: 2 }, { nextStageOnPass: 0 }, {});
  expect(outputs(over)).toEqual([[], [], [1]]);
  // Nothing judges the first stage: where it failed it has left no output.
  expect(left(over, 'failed', 2)).toEqual([1]);
});

test('a value leads where it says, beside the pass', () => {
  const routed = stagesOf(
    { routes: { by: 'inputs.kind', to: { bill: 3, complaint: 4, odd: 77, none: 0 } } },
    { nextStageOnPass: 0 },
    { nextStageOnPass: 0 },
    {},
  );
  expect(outputs(routed)).toEqual([[], [1], [1], [1]]);
});

test('an output is there after a no, an answer without a verdict only until the next pass', () => {
  const judged = stagesOf({ validationType: 'REGEX', nextStageOnFail: 2, nextStageOnPass: 3 }, {}, {});
  expect(left(judged, 'output', 2)).toEqual([1]);
  expect(left(judged, 'failed', 2)).toEqual([1]);
  expect(left(judged, 'failed', 3)).toEqual([1]);
  const mended = stagesOf({ nextStageOnFail: 2 }, { nextStageOnPass: 1 }, {});
  expect(left(mended, 'failed', 1)).toEqual([1]);
  expect(left(stagesOf({ nextStageOnFail: 1 }, {}), 'failed', 2)).toEqual([]);
});

test('what was said is there of judges and people, after a no of anybody, and of no item', () => {
  const said = (fields: Partial<StageFields>, at: number) => left(stagesOf(fields, {}, {}), 'notes', at);
  for (const validationType of ['LLM', 'MANUAL'] as const) expect(said({ validationType }, 2)).toEqual([1]);
  expect(said({ validationType: 'FUNCTION' }, 2)).toEqual([]);
  expect(said({ validationType: 'FUNCTION', nextStageOnPass: 0, nextStageOnFail: 2 }, 2)).toEqual([1]);
  expect(said({ validationType: 'LLM', forEach: { in: 'inputs.list' }, nextStageOnFail: 2 }, 2)).toEqual([]);
});

test('a list whose item failed for good has left no output', () => {
  const list = stagesOf(
    { validationType: 'LLM', forEach: { in: 'inputs.list' }, nextStageOnPass: 0, nextStageOnFail: 2 },
    {},
  );
  expect(left(list, 'output', 2)).toEqual([]);
  expect(left(list, 'failed', 2)).toEqual([1]);
});

test('nobody knows what is there at a stage to which no way leads', () => {
  expect(outputs(stagesOf({ nextStageOnPass: 0 }, {}))).toEqual([[], [1, 2]]);
});

test('numbers with gaps and a hundred stages that all lead to each other are gone through', () => {
  const to = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`v${index}`, (index + 1) * 10]));
  const stages = Array.from({ length: 100 }, (_, index) =>
    stageOf((index + 1) * 10, { routes: { by: 'inputs.kind', to }, nextStageOnFail: 10 }),
  );
  expect(outputs(stages).every((all) => all.length === 100)).toBe(true);
});
