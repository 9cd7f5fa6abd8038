import { expect, test } from 'vitest';
import { askOf } from './ask.ts';
import { pinnedStages } from './pinned.ts';

const definition = {
  stages: [
    { stageOrder: 3, name: 'Send', retryLimit: 0 },
    {
      stageOrder: 1,
      name: 'Draft',
      retryLimit: 2,
      outputVariables: { title: 'string' },
      model: { modelIdentifierForFlowise: 'claude' },
      retryPromptTemplate: 'They said {{ notes }}',
    },
    { stageOrder: 2, name: null, retryLimit: 0, nextStageOnPass: 0, nextStageOnFail: 1 },
  ],
};

test('stages are read as they are pinned', () => {
  expect(pinnedStages(null)).toEqual([]);
  expect(pinnedStages(definition).map(({ order }) => order)).toEqual([1, 2, 3]);
  expect(pinnedStages(definition)[0]).toMatchObject({ model: 'claude', retryHasNotes: true });
});

test('what a decision does is told', () => {
  const stages = pinnedStages(definition);
  expect(askOf(stages, 1, 0)).toBe(
    'Pass this answer, and stage 2 goes on with it. Fail it, and the model answers again, for the second of 3 times, and is given your notes.',
  );
  expect(askOf(stages, 1, 2)).toContain('Fail it, and the run ends as failed.');
  expect(askOf(stages, 2, 0)).toBe(
    'Pass this answer, and the run is completed with it. Fail it, and the run goes on with stage 1, Draft.',
  );
  expect(askOf(stages, 3, 0)).toContain('the run is completed with it');
});
