import { describe, expect, test } from 'vitest';
import { differences, saidBy } from './differences.ts';
import { fieldText } from './words.ts';

const stage = (id: string, stageOrder: number, rest: object = {}) => ({
  id,
  stageOrder,
  name: id,
  promptTemplate: 'Say it.',
  ...rest,
});
const told = (before: object[], after: object[]) =>
  differences({ stages: before }, { stages: after }).map(
    ({ stage, field }) => `${stage?.stageOrder} ${stage?.name} ${field}`,
  );

describe('differences', () => {
  test('name the stage, the field and what it said', () => {
    const found = differences(
      { stages: [stage('a', 1)] },
      { stages: [stage('a', 1, { promptTemplate: 'Say it twice.' })] },
    );
    expect(found).toEqual([
      { stage: { stageOrder: 1, name: 'a' }, field: 'promptTemplate', before: 'Say it.', after: 'Say it twice.' },
    ]);
  });

  test('are none where nothing differs but the order of keys, or null for nothing', () => {
    const before = [stage('a', 1, { outputVariables: { x: 'string', y: 'number' }, routes: null })];
    const after = [stage('a', 1, { outputVariables: { y: 'number', x: 'string' } })];
    expect(told(before, after)).toEqual([]);
  });

  test('follow a stage by its id wherever it moves', () => {
    const before = [stage('a', 1), stage('b', 2), stage('c', 3)];
    expect(told(before, [stage('c', 1), stage('a', 2), stage('b', 3)])).toEqual([
      '1 c stageOrder',
      '2 a stageOrder',
      '3 b stageOrder',
    ]);
  });

  test('do not count as moved what a new stage only pushed on', () => {
    const before = [stage('a', 1), stage('b', 2, { nextStageOnPass: 3 }), stage('c', 3)];
    const after = [stage('new', 1), stage('a', 2), stage('b', 3, { nextStageOnPass: 4 }), stage('c', 4)];
    expect(told(before, after)).toEqual(['1 new stage']);
  });

  test('show a stage that is gone where it was', () => {
    expect(told([stage('a', 1), stage('b', 2), stage('c', 3)], [stage('a', 1), stage('c', 2)])).toEqual(['2 b stage']);
  });

  test('find a target that is another stage now, also in routes', () => {
    const before = [
      stage('a', 1, { nextStageOnPass: 2, routes: { by: 'x', to: { yes: 2 } } }),
      stage('b', 2),
      stage('c', 3),
    ];
    const after = [
      stage('a', 1, { nextStageOnPass: 3, routes: { by: 'x', to: { yes: 3 } } }),
      stage('b', 2),
      stage('c', 3),
    ];
    expect(told(before, after)).toEqual(['1 a nextStageOnPass', '1 a routes']);
  });

  test('match a copy by keys, names and places', () => {
    const before = [
      stage('a', 1, { key: 'facts', name: 'Facts' }),
      stage('b', 2, { name: 'Draft' }),
      stage('c', 3, { name: null }),
    ];
    const after = [
      stage('x', 1, { name: 'Draft' }),
      stage('y', 2, { key: 'facts', name: 'Facts' }),
      stage('z', 3, { name: null }),
    ];
    expect(told(before, after)).toEqual(['1 Draft stageOrder', '2 Facts stageOrder']);
  });

  test('tell another model by its name, and changed settings of the same one', () => {
    const model = (id: string, temperature: number) => ({
      id,
      modelIdentifierForFlowise: `m-${id}`,
      configDefaults: { temperature },
    });
    const run = (id: string, temperature: number) => stage('a', 1, { modelId: id, model: model(id, temperature) });
    expect(differences({ stages: [run('1', 0)] }, { stages: [run('2', 0)] })).toMatchObject([
      { field: 'model', before: 'm-1', after: 'm-2' },
    ]);
    expect(told([run('1', 0)], [run('1', 1)])).toEqual(['1 a model.configDefaults']);
    expect(told([run('1', 0)], [stage('a', 1, { modelId: '1' })])).toEqual([]);
  });

  test('include the workflow as a whole, in the form of a snapshot too', () => {
    const snapshot = { workflow: { name: 'Old', outputMapping: { x: 'inputs.x' } }, stages: [stage('a', 1)] };
    expect(differences(snapshot, { name: 'New', outputMapping: null, stages: [stage('a', 1)] })).toEqual([
      { stage: null, field: 'name', before: 'Old', after: 'New' },
      { stage: null, field: 'outputMapping', before: { x: 'inputs.x' }, after: null },
    ]);
    expect(differences(snapshot, { outputMapping: { x: 'inputs.x' }, stages: [stage('a', 1)] })).toEqual([]);
  });

  test('read what is no definition as an empty one', () => {
    expect(differences(null, 'x')).toEqual([]);
  });
});

test('a value is text, its keys sorted', () => {
  expect(fieldText({ b: 1, a: [{ d: 1, c: 2 }] })).toBe(JSON.stringify({ a: [{ c: 2, d: 1 }], b: 1 }, null, 2));
  expect(fieldText('as it is')).toBe('as it is');
  expect(fieldText(null)).toBe('');
});

test('a stage that came or went says what it does not leave open', () => {
  const whole = stage('a', 2, { key: 'judge', routes: null, retryLimit: 0, validationType: 'NONE', modelId: 'm' });
  expect(saidBy(whole)).toEqual([
    { field: 'key', value: 'judge' },
    { field: 'promptTemplate', value: 'Say it.' },
    { field: 'model', value: 'm' },
  ]);
});
