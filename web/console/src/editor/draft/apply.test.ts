import { describe, expect, test } from 'vitest';
import { apply } from './apply.ts';
import { draftWith, said } from './draft.fixture.ts';

describe('add', () => {
  test('takes a number between its neighbours and leaves theirs', () => {
    expect(said(apply(draftWith([10, 20, 30]), { kind: 'add', at: 1 }))).toEqual(['10 ', '15 ', '20 ', '30 ']);
    expect(said(apply(draftWith([10, 20, 30]), { kind: 'add', at: 3 }))).toEqual(['10 ', '20 ', '30 ', '40 ']);
    expect(said(apply(draftWith([10]), { kind: 'add', at: 0 }))).toEqual(['5 ', '10 ']);
    expect(said(apply(draftWith([]), { kind: 'add', at: 0 }))).toEqual(['1 ']);
  });

  test('pushes on what follows only as far as there is no gap', () => {
    const prompts = [
      {},
      { promptTemplate: '{{stage_1.raw}}' },
      { promptTemplate: '{{stage_2.raw}}{{stage_7.raw}}' },
      {},
    ];
    expect(said(apply(draftWith([1, 2, 3, 7], prompts), { kind: 'add', at: 1 }))).toEqual([
      '1 ',
      '2 ',
      '3 {{stage_1.raw}}',
      '4 {{stage_3.raw}}{{stage_7.raw}}',
      '7 ',
    ]);
  });

  test('gives no number that is named and that no stage has: what names it would mean another stage', () => {
    const prompts = [{}, {}, { promptTemplate: '{{stage_2.raw}}' }];
    const without = apply(draftWith([1, 2, 3], prompts), { kind: 'remove', local: 's1' });
    expect(said(without)).toEqual(['1 ', '3 {{stage_2.raw}}']);
    expect(said(apply(without, { kind: 'add', at: 1 }))).toEqual(['1 ', '3 ', '4 {{stage_2.raw}}']);
  });

  test('counts anew where the numbers end', () => {
    expect(said(apply(draftWith([9999, 10_000]), { kind: 'add', at: 2 }))).toEqual(['1 ', '2 ', '3 ']);
  });
});

describe('move', () => {
  test('between two that are apart changes the number of that stage alone', () => {
    const moved = apply(draftWith([10, 20, 30]), { kind: 'move', local: 's2', to: 1 });
    expect(moved.stages.map(({ local, order }) => `${local} ${order}`)).toEqual(['s0 10', 's2 15', 's1 20']);
  });

  test('gives the same numbers to other stages where there is no room, and everything follows', () => {
    const prompts = [{ promptTemplate: '{{stage_1.raw}}{{stage_2.raw}}{{stage_3.raw}}' }];
    const moved = apply(draftWith([1, 2, 3, 4], prompts), { kind: 'move', local: 's0', to: 2 });
    expect(moved.stages.map(({ local, order }) => `${local} ${order}`)).toEqual(['s1 1', 's2 2', 's0 3', 's3 4']);
    expect(moved.stages[2]?.fields.promptTemplate).toBe('{{stage_3.raw}}{{stage_1.raw}}{{stage_2.raw}}');
  });

  test('back again is the same draft', () => {
    const draft = draftWith([1, 2, 3], [{ nextStageOnFail: 3 }]);
    const there = apply(draft, { kind: 'move', local: 's0', to: 2 });
    expect(apply(there, { kind: 'move', local: 's0', to: 0 })).toEqual(draft);
  });
});

test('an edit that changes nothing is the same draft', () => {
  const draft = draftWith([1]);
  expect(apply(draft, { kind: 'set', local: 's0', field: 'name', value: null })).toBe(draft);
  expect(apply(draft, { kind: 'set', local: 'gone', field: 'name', value: 'x' })).toBe(draft);
  expect(apply(draft, { kind: 'workflow', field: 'name', value: 'Test' })).toBe(draft);
  expect(apply(draft, { kind: 'move', local: 's0', to: 7 })).toBe(draft);
});
