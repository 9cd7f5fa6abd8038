import { expect, test } from 'vitest';
import { asText } from './asText.ts';

test('JSON has its keys in one order, and its numbers every digit', () => {
  expect(asText('{"n": 9007199254740993, "f": 0.1000000000000000055, "a": [1.0]}')).toEqual({
    text: '{\n  "a": [\n    1.0\n  ],\n  "f": 0.1000000000000000055,\n  "n": 9007199254740993\n}',
    isJson: true,
  });
  expect(asText('{"n": 9007199254740993}').text).not.toBe(asText('{"n": 9007199254740992}').text);
});

test('what is no JSON stays as it is', () => {
  expect(asText('{"n": 1').isJson).toBe(false);
  expect(asText('12 moths')).toEqual({ text: '12 moths', isJson: false });
});
