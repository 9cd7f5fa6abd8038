import { expect, test } from 'vitest';
import { formOfFile } from './draft.ts';

test('the inputs that a file gives stand in the form, with their digits', () => {
  expect(formOfFile('{"name": "A", "inputs": {"n": 9007199254740993, "text": "hi"}, "stages": []}')).toEqual({
    text: null,
    fields: [
      { name: 'n', kind: 'json', value: '9007199254740993' },
      { name: 'text', kind: 'text', value: 'hi' },
    ],
  });
  expect(formOfFile('{"name": "A", "stages": []}')).toBeNull();
});
