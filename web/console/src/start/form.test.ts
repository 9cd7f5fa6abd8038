import { expect, test } from 'vitest';
import { asFields, fitted, inputsText, toText, wholeOf, withField, withText } from './form.ts';
import { emptyFields } from './inputs.ts';

const NAMES = ['topic', 'facts'];
const empty = asFields(emptyFields(NAMES));

test('what is written in fields is sent as one object, without the fields that are empty', () => {
  const form = withField(empty, 'topic', { value: 'moss' });
  expect(inputsText(form, NAMES)).toEqual({ text: '{\n  "topic": "moss"\n}' });
  expect(inputsText(empty, NAMES)).toEqual({ text: '{}' });
});

test('a field that is no JSON keeps the form from being sent, and its text', () => {
  const form = withField(empty, 'facts', { kind: 'json', value: '[1,' });
  expect(inputsText(form, NAMES)).toEqual({ faults: new Map([['facts', expect.stringContaining('no JSON')]]) });
  expect(toText(form).text).toContain('[1,');
});

test('a text that is no JSON any more does not take away what the fields said', () => {
  const good = withText(toText(empty), '{"facts": [9007199254740993]}', NAMES);
  const broken = withText(good, '{"facts": [90', NAMES);
  expect(broken.fields).toEqual(good.fields);
  expect(inputsText(broken, NAMES)).toEqual({ faults: new Map([[null, expect.stringContaining('no JSON')]]) });
});

test('a pasted object that knows one of the inputs may fill them all', () => {
  expect(wholeOf(' {"facts": [1], "tone": "dry"}', NAMES)?.map(({ name }) => name)).toEqual(['topic', 'facts', 'tone']);
  expect(wholeOf('{"other": 1}', NAMES)).toBeNull();
  expect(wholeOf('{ a brace in prose }', NAMES)).toBeNull();
  expect(wholeOf('[1]', NAMES)).toBeNull();
});

test('what a workflow asks for by now has a field, and what was written stays', () => {
  const form = withField(empty, 'topic', { value: 'moss' });
  expect(fitted(form, ['tone']).fields).toEqual([
    { name: 'tone', kind: 'text', value: '' },
    { name: 'topic', kind: 'text', value: 'moss' },
  ]);
});
