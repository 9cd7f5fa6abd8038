import { expect, test } from 'vitest';
import { draftWith } from './draft.fixture.ts';
import { hintsOf } from './hints.ts';
import { isNear } from './near.ts';

const first = { outputVariables: { sections: 'array' }, promptTemplate: 'About {{topic}}' };
const told = (promptTemplate: string, more: object = {}) =>
  hintsOf(draftWith([1, 2], [first, { promptTemplate, ...more }]), ['topic']).map(({ message }) => message);

test('a new input that is called like what an earlier stage brings is doubted', () => {
  expect(told('{{sections}}')).toEqual([
    '{{sections}} is a new input of the run; did you mean stage_1.output.sections?',
  ]);
});

test('a new input that is nearly a known name is doubted, and one that is like none is not', () => {
  expect(told('{{tpoic}}')).toEqual(['{{tpoic}} is a new input of the run; did you mean topic?']);
  expect(told('{{topic}} {{nonsense}} {{tone}}')).toEqual([]);
});

test('the words of other places are doubted outside of them', () => {
  expect(told('{{item}} {{output}}').map((message) => message.slice(0, 32))).toEqual([
    '{{item}} is an input of the run ',
    '{{output}} is an input of the ru',
  ]);
  expect(told('{{item}}', { forEach: { in: 'stage_1.output.sections' } })).toEqual([]);
  expect(told('', { retryPromptTemplate: 'Not {{output}}, for {{notes}}' })).toEqual([]);
});

test('what is not closed is told, unless it is meant as a text', () => {
  expect(told('On {{to\nand {{ topic }}')).toEqual([
    '{{to is not closed, and is sent as it is written: a placeholder ends with }}',
  ]);
  expect(told('\\{{to and {{"a": 1 and { {')).toEqual([]);
  const [hint] = hintsOf(draftWith([1], [{ promptTemplate: '😀 {{to' }]), []);
  expect(hint?.span).toEqual({ from: 3, to: 7 });
});

test('short words must be nearer', () => {
  expect([isNear('tone', 'topic'), isNear('tpoic', 'topic'), isNear('a', 'b')]).toEqual([false, true, false]);
  expect(isNear('audiense', 'audience')).toBe(true);
  expect(isNear('other_1', 'other_2')).toBe(false);
});
