import { describe, expect, test } from 'vitest';
import { draftWith } from './draft.fixture.ts';
import { problemsOf, unitsAt } from './problems.ts';
import { placeOf } from './save.ts';

const found = { __typename: 'Problem', severity: 'ERROR', code: 'NEVER_THERE', message: 'no' } as const;

describe('a problem', () => {
  const draft = draftWith([10, 20], [{}, { messages: [{ role: 'user', content: '🎭🎭 {{a}}' }] }]);

  test('stands where the server counts code points and texts have UTF-16 units', () => {
    expect(unitsAt('🎭a🎭b', 3)).toBe(5);
    expect(unitsAt('ab', 7)).toBe(2);
    const [problem] = problemsOf(draft, [{ ...found, stageOrder: 20, field: 'messages[0].content', start: 3, end: 8 }]);
    expect(problem).toMatchObject({ local: 's1', field: 'messages[0].content', span: { from: 5, to: 10 } });
  });

  test('is of the whole field, stage or workflow where the server says no more', () => {
    const problems = problemsOf(draft, [
      { ...found, stageOrder: 10, field: 'modelId', start: null, end: null },
      { ...found, stageOrder: null, field: null, start: null, end: null },
    ]);
    expect(problems.map(({ local, field, span }) => [local, field, span])).toEqual([
      ['s0', 'modelId', null],
      [null, null, null],
    ]);
  });

  test('that a save is refused for leads to its place', () => {
    expect(placeOf(draft, 'stages[1].routes.by')).toEqual({ local: 's1', field: 'routes.by' });
    expect(placeOf(draft, 'stages[1]')).toEqual({ local: 's1', field: null });
    expect(placeOf(draft, 'outputMapping.a')).toEqual({ local: null, field: 'outputMapping.a' });
    expect(placeOf(draft, undefined)).toEqual({ local: null, field: null });
  });
});
