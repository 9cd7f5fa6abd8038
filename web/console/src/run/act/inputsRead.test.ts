import { expect, test } from 'vitest';
import { inputsReadFrom } from './inputsRead.ts';

const definition = {
  outputMapping: { about: 'inputs.about' },
  stages: [
    { stageOrder: 1, promptTemplate: 'Write about {{topic}}' },
    { stageOrder: 2, promptTemplate: '{{draft}} in {{tone}}', inputVariableMapping: { draft: 'stage_1.raw' } },
    { stageOrder: 3, promptTemplate: 'Shorten', inputVariableMapping: { n: ['inputs.length.words'] } },
  ],
};
const readFrom = (from: number, of: object = definition) =>
  ['topic', 'tone', 'length', 'about'].filter(inputsReadFrom(of, from));

test('what only earlier stages read is not read from there on', () => {
  expect(readFrom(1)).toEqual(['topic', 'tone', 'length', 'about']);
  expect(readFrom(2)).toEqual(['tone', 'length', 'about']);
  expect(readFrom(3)).toEqual(['length', 'about']);
});

test('a stage that leads back has all on its way read again', () => {
  const [first, second, third] = definition.stages;
  expect(
    readFrom(3, { stages: [first, second, { ...third, routes: { by: 'stage_3.raw', to: { again: 1 } } }] }),
  ).toEqual(['topic', 'tone', 'length']);
});

test('a name is not found in a longer one, and all inputs may be read at once', () => {
  const of = (promptTemplate: string) => inputsReadFrom({ stages: [{ stageOrder: 1, promptTemplate }] }, 1);
  expect(of('{{topic_2}} and inputs.topics')('topic')).toBe(false);
  expect(of('{{inputs}}')('topic')).toBe(true);
});
