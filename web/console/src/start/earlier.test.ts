import { expect, test } from 'vitest';
import { inputsInAnswer } from './earlier.ts';

test('the inputs of a run come with the digits that the server wrote', () => {
  const answer = '{"data":{"execution":{"executionInputs":{"n":9007199254740993,"t":"}"}}}}';
  expect(inputsInAnswer(answer)).toEqual({ text: '{"n":9007199254740993,"t":"}"}' });
});

test('a run that is gone has none', () => {
  expect(inputsInAnswer('{"data":{"execution":null}}')).toEqual({ fault: expect.any(String) });
});
