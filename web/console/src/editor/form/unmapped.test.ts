import { expect, test } from 'vitest';
import { stageOf } from '../stages/stageOf.fixture.ts';
import { unmapped } from './unmapped.ts';

test('what templates use beside the mapping is listed once, without what a field brings itself', () => {
  const stage = stageOf(2, {
    promptTemplate: '{{topic}} {{a}} {{facts.people}} \\{{not}} {{item.name}} {{topic}}',
    retryPromptTemplate: '{{output}} {{notes}} {{inputs.b}}',
    systemTemplate: '{{notes}}',
    inputVariableMapping: { a: 'inputs.a' },
    forEach: { in: 'inputs.list' },
  });
  expect(unmapped([stageOf(1, { key: 'facts' }), stage], stage).sort()).toEqual([
    'facts.people',
    'inputs.b',
    'notes',
    'topic',
  ]);
});
