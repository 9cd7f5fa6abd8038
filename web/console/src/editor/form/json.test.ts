import { expect, test } from 'vitest';
import { parseJson } from './json.ts';

test('a number that would be rounded is not taken over, and says so; one in a text is as it is', () => {
  expect(parseJson('{"n": [9007199254740993]}')).toEqual({
    fault: expect.stringMatching(/^9007199254740993 would be rounded here/),
  });
  expect(parseJson('{"n": [9007199254740992, 1.0, "9007199254740993"]}')).toEqual({
    value: { n: [9007199254740992, 1, '9007199254740993'] },
  });
});

test('what is no JSON says why', () => {
  expect(parseJson('{"n": ')).toEqual({ fault: expect.stringMatching(/^it is no JSON: /) });
});
