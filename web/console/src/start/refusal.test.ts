import { expect, test } from 'vitest';
import { refusalsByField } from './refusal.ts';

const refused = (message: string) =>
  [{ code: 'BAD_USER_INPUT', field: 'stages.0.promptTemplate', message }] as Parameters<typeof refusalsByField>[0];
const LACKS =
  'promptTemplate uses {{topic}}, which is neither mapped nor among the inputs: give it as an input or map it';

test('an input that is empty is asked for at its field, in the words of the form', () => {
  expect(refusalsByField(refused(`stage 1 (Outline): ${LACKS}`), ['topic'], new Set())).toEqual(
    new Map([['topic', 'Write “topic” first: stage 1, Outline, reads it.']]),
  );
  const reads =
    'stage 2: inputVariableMapping.t reads inputs.topic, which is not among the inputs: give it as an input';
  expect(refusalsByField(refused(reads), ['topic'], new Set()).get('topic')).toBe(
    'Write “topic” first: stage 2 reads it.',
  );
});

test('what is said of an input that is given stays as the server said it', () => {
  const reads = 'stage 2: promptTemplate reads inputs.topic.name, which is not among the inputs: give it as an input';
  expect(refusalsByField(refused(reads), ['topic'], new Set(['topic'])).get('topic')).toBe(reads);
});
