import { describe, expect, test } from 'vitest';
import { draftWith } from '../draft/draft.fixture.ts';
import { completionsFor } from './completions.ts';

const draft = draftWith(
  [1, 2, 3, 4],
  [
    {
      key: 'facts',
      name: 'Find the facts',
      outputVariables: {
        raw: 'string',
        people: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
        place: { type: 'object', properties: { city: { type: 'string' } } },
      },
      promptTemplate: 'About {{inputs.topic}} for {{reader}}',
    },
    { forEach: { in: 'facts.people' }, validationType: 'MANUAL' },
    {
      forEach: { in: 'facts.people' },
      inputVariableMapping: { topic: 'inputs.topic', other: ['facts.place', 'inputs.place'] },
      nextStageOnFail: 1,
    },
    {},
  ],
);
const names = (local: string, field = 'promptTemplate') =>
  completionsFor(draft, local, field, ['reader']).map(({ name }) => name);

describe('what {{ goes on with', () => {
  test('is inputs alone in the first stage', () => {
    expect(names('s0')).toEqual(['reader', 'topic', 'place']);
  });

  test('is what is mapped, the item, and what came before by key or number', () => {
    expect(names('s2')).toEqual([
      'topic',
      'other',
      'reader',
      'inputs.topic',
      'place',
      'item',
      'item.name',
      'index',
      'facts.output.raw',
      'facts.people',
      'facts.place',
      'facts.place.city',
      'facts.raw',
      'stage_2.output.items',
      'stage_2.item',
      'stage_2.raw',
      'stage_2.notes',
    ]);
  });

  test('is what failed where the stage goes on after a fail', () => {
    expect(names('s3')).toEqual(expect.arrayContaining(['stage_3.failed.raw', 'stage_3.failed.notes']));
    expect(names('s3')).not.toContain('stage_2.item');
  });

  test('is the answer and what was said of it in the prompts that follow one', () => {
    expect(names('s0', 'retryPromptTemplate').slice(0, 2)).toEqual(['output', 'notes']);
    expect(names('s0', 'validationCriteria.prompt')[0]).toBe('output');
    expect(names('s0', 'validationCriteria.prompt')).not.toContain('notes');
  });

  test('says where each comes from', () => {
    expect(completionsFor(draft, 's2', 'promptTemplate').find(({ name }) => name === 'other')?.from).toBe(
      'facts.place or inputs.place',
    );
    expect(completionsFor(draft, 's1', 'promptTemplate').find(({ name }) => name === 'facts.raw')?.from).toBe(
      'stage 1, Find the facts',
    );
  });
});
