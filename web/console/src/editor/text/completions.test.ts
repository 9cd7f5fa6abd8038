import { describe, expect, test } from 'vitest';
import { draftWith } from '../draft/draft.fixture.ts';
import type { StageFields } from '../draft/draft.ts';
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
    { forEach: { in: 'facts.people' }, validationType: 'LLM' },
    {
      forEach: { in: 'stage_2.output.items' },
      inputVariableMapping: { topic: 'inputs.topic', other: ['facts.place', 'inputs.place'] },
    },
    {},
  ],
);
const names = (local: string, field = 'promptTemplate', of = draft) =>
  completionsFor(of, local, field, ['reader']).map(({ name }) => name);

/** What stages with these fields bring to the one at that place. */
const brought = (fields: Partial<StageFields>[], place: number, field = 'promptTemplate') =>
  names(
    `s${place}`,
    field,
    draftWith(
      fields.map((_, index) => index + 1),
      fields,
    ),
  ).filter((name) => name.includes('.'));

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
      'item.text',
      'index',
      'facts.output.raw',
      'facts.people',
      'facts.place',
      'facts.place.city',
      'facts.output',
      'facts.raw',
      'stage_2.output.items',
      'stage_2.item',
      'stage_2.item.text',
      'stage_2.output',
      'stage_2.raw',
    ]);
    expect(names('s1')).toEqual(expect.arrayContaining(['item', 'item.name', 'index']));
    // Where nothing is run for each of a list there are no items.
    expect(names('s3').filter((name) => name.includes('item'))).toEqual([
      'stage_2.output.items',
      'stage_3.output.items',
    ]);
  });

  test('is what a later stage and the stage itself left, where a loop leads back', () => {
    const loop = [{ key: 'draft' }, { key: 'critic', validationType: 'LLM' as const, nextStageOnFail: 1 }, {}];
    const all = [
      'draft.text',
      'draft.output',
      'draft.raw',
      'critic.text',
      'critic.output',
      'critic.raw',
      'critic.notes',
    ];
    expect(brought(loop, 0)).toEqual([...all, 'critic.failed.raw', 'critic.failed.notes']);
    expect(brought(loop, 2)).toEqual(all);
    const own = completionsFor(draftWith([1], [{ nextStageOnPass: 1 }]), 's0', 'promptTemplate');
    expect(own.map(({ from }) => from)).toEqual(Array(3).fill('this stage, when it ran before'));
  });

  test('is nothing of a stage that is passed over, and what failed where a fail leads', () => {
    const over = [{ nextStageOnPass: 3, nextStageOnFail: 2 }, { nextStageOnPass: 0 }, {}];
    expect(brought(over, 1)).toEqual(['stage_1.failed.raw', 'stage_1.failed.notes']);
    expect(brought(over, 2)).toEqual(['stage_1.output.text', 'stage_1.output', 'stage_1.raw']);
  });

  test('follows the values that routes lead by', () => {
    const routed = [
      { routes: { by: 'inputs.kind', to: { bill: 3 } }, nextStageOnPass: 2 },
      { nextStageOnPass: 4 },
      {},
      {},
    ];
    expect(brought(routed, 2)).toEqual(['stage_1.output.text', 'stage_1.output', 'stage_1.raw']);
    expect(brought(routed, 3).filter((name) => name.endsWith('raw'))).toEqual([
      'stage_1.raw',
      'stage_2.raw',
      'stage_3.raw',
    ]);
  });

  test('is which item failed of a list, which has no notes of its own', () => {
    const list = [
      { forEach: { in: 'inputs.list' }, validationType: 'LLM' as const, nextStageOnPass: 0, nextStageOnFail: 2 },
      {},
    ];
    expect(brought(list, 1)).toEqual(['stage_1.failed.raw', 'stage_1.failed.notes', 'stage_1.failed.index']);
  });

  test('is the answer and what was said of it in the prompts that follow one', () => {
    expect(names('s0', 'retryPromptTemplate').slice(0, 2)).toEqual(['output', 'notes']);
    expect(names('s0', 'validationCriteria.prompt')[0]).toBe('output');
    expect(names('s0', 'validationCriteria.prompt')).not.toContain('notes');
    // What is judged is not yet what the stage has left; its item is there.
    const judged = [{ validationType: 'LLM' as const, forEach: { in: 'inputs.list' } }];
    expect(brought(judged, 0, 'validationCriteria.prompt')).toEqual([]);
    expect(names('s1', 'validationCriteria.prompt')).toEqual(expect.arrayContaining(['item.name', 'index']));
  });

  test('is nothing that cannot stand between braces', () => {
    const odd = draftWith(
      [1, 2],
      [
        {
          key: 'two words',
          outputVariables: {
            'a-b': 'string',
            '0': 'string',
            list: { type: 'array', properties: { no: {} } },
            any: { properties: { 'x y': {}, ok: {} } },
          },
        },
        {
          inputVariableMapping: { 'my name': 'inputs.given-name', notes: 'inputs.7' },
          retryPromptTemplate: 'Again {{reader}}',
        },
      ],
    );
    expect(names('s1', 'retryPromptTemplate', odd)).toEqual([
      'output',
      'notes',
      'reader',
      'inputs.7',
      'stage_1.output.0',
      'stage_1.output.list',
      'stage_1.output.any',
      'stage_1.output.any.ok',
      'stage_1.output',
      'stage_1.raw',
    ]);
    expect(
      names('s0', 'promptTemplate', draftWith([1, 2], [{}, { outputVariables: {}, nextStageOnPass: 1 }])),
    ).toContain('stage_2.output.text');
  });

  test('names an input by its path where its name means something else', () => {
    const taken = draftWith([1], [{ forEach: { in: 'inputs.item' }, promptTemplate: '{{inputs.output}}' }]);
    expect(names('s0', 'retryPromptTemplate', taken)).toEqual([
      'output',
      'notes',
      'reader',
      'inputs.item',
      'inputs.output',
      'item',
      'index',
    ]);
  });

  test('says where each comes from', () => {
    expect(completionsFor(draft, 's2', 'promptTemplate').find(({ name }) => name === 'other')?.from).toBe(
      'facts.place or inputs.place',
    );
    expect(
      completionsFor(draft, 's1', 'promptTemplate').find(({ name }) => name === 'facts.output', 'facts.raw')?.from,
    ).toBe('stage 1, Find the facts');
  });
});
