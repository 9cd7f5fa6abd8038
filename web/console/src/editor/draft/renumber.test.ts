import { describe, expect, test } from 'vitest';
import { namedOrders, renumber } from './renumber.ts';
import { draftWith } from './draft.fixture.ts';

describe('renumber', () => {
  test('writes only the first words of paths anew', () => {
    const draft = draftWith(
      [2, 7],
      [
        {
          promptTemplate: String.raw`{{stage_7.raw}} {{ stage_2.output.stage_7 }} {{stage_7}} {{facts.x}} \{{stage_7.raw}} \\{{stage_7.raw}} stage_7.raw {{é.stage_7}} {{{stage_7.raw}}}`,
          inputVariableMapping: {
            a: 'stage_7.raw',
            b: ['stage_2.raw', 'inputs.stage_7'],
            'c~/': { latest: ['stage_7.raw'] },
            d: { from: 'stage_7.output.x', default: 'stage_7.raw' },
          },
          nextStageOnPass: 0,
          nextStageOnFail: 7,
        },
      ],
    );
    const [first, second] = renumber(draft, [2, 1]).stages;
    expect(second?.order).toBe(1);
    expect(first?.fields.promptTemplate).toBe(
      String.raw`{{stage_1.raw}} {{ stage_2.output.stage_7 }} {{stage_7}} {{facts.x}} \{{stage_7.raw}} \\{{stage_1.raw}} stage_7.raw {{é.stage_7}} {{{stage_1.raw}}}`,
    );
    expect(first?.fields.inputVariableMapping).toEqual({
      a: 'stage_1.raw',
      b: ['stage_2.raw', 'inputs.stage_7'],
      'c~/': { latest: ['stage_1.raw'] },
      d: { from: 'stage_1.output.x', default: 'stage_7.raw' },
    });
    expect([first?.fields.nextStageOnPass, first?.fields.nextStageOnFail]).toEqual([0, 1]);
  });

  test('goes through every place where a stage can be named', () => {
    const { stages, outputMapping } = renumber(
      {
        ...draftWith(
          [3],
          [
            {
              systemTemplate: '{{stage_3.raw}}',
              retryPromptTemplate: '{{stage_3.notes}}',
              messages: [{ role: 'user', content: '{{stage_3.raw}}' }, { from: 'stage_3.output.turns' }],
              validationType: 'LLM',
              validationCriteria: { prompt: 'Is {{output}} like {{stage_3.raw}}?', modelId: 'm' },
              routes: { by: 'stage_3.output.kind', to: { again: 3, end: 0 } },
              forEach: { in: 'stage_3.output.people', concurrency: 4 },
            },
          ],
        ),
        outputMapping: { text: ['stage_3.raw', 'inputs.text'] },
      },
      [5],
    );
    expect(stages[0]?.fields).toMatchObject({
      systemTemplate: '{{stage_5.raw}}',
      retryPromptTemplate: '{{stage_5.notes}}',
      messages: [{ role: 'user', content: '{{stage_5.raw}}' }, { from: 'stage_5.output.turns' }],
      validationCriteria: { prompt: 'Is {{output}} like {{stage_5.raw}}?', modelId: 'm' },
      routes: { by: 'stage_5.output.kind', to: { again: 5, end: 0 } },
      forEach: { in: 'stage_5.output.people', concurrency: 4 },
    });
    expect(outputMapping).toEqual({ text: ['stage_5.raw', 'inputs.text'] });
  });

  test('leaves a prompt alone that no model judges by', () => {
    const draft = draftWith([3], [{ validationType: 'FUNCTION', validationCriteria: { prompt: '{{stage_3.raw}}' } }]);
    expect(renumber(draft, [4]).stages[0]?.fields.validationCriteria).toEqual({ prompt: '{{stage_3.raw}}' });
  });

  test('swaps two stages without mixing them up', () => {
    const draft = draftWith([1, 2, 3], [{}, {}, { promptTemplate: '{{stage_1.raw}} {{stage_2.raw}}' }]);
    expect(renumber(draft, [2, 1, 3]).stages[2]?.fields.promptTemplate).toBe('{{stage_2.raw}} {{stage_1.raw}}');
  });

  test('is the same draft where no number changes', () => {
    const draft = draftWith([1, 2]);
    expect(renumber(draft, [1, 2])).toBe(draft);
  });
});

test('namedOrders are all numbers that something says', () => {
  const draft = draftWith(
    [1],
    [{ promptTemplate: String.raw`{{stage_4.raw}} \{{stage_5.raw}} {{stage_06.raw}}`, nextStageOnFail: 8 }],
  );
  expect([...namedOrders({ ...draft, outputMapping: { a: 'stage_9.raw' } })].sort()).toEqual([4, 8, 9]);
});
