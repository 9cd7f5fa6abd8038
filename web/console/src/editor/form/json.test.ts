import { expect, test } from 'vitest';
import { isObject, parseJson, sameJson } from './json.ts';

const read = (text: string) => {
  const parsed = parseJson(text);
  return 'value' in parsed ? parsed.value : parsed.fault;
};

test('a number is taken over with the digits that were typed', () => {
  for (const text of [
    '{"n":[9007199254740993,1.0,"9007199254740993"]}',
    '18446744073709551615',
    '-9223372036854775808',
  ])
    expect(JSON.stringify(read(text))).toBe(text);
  expect(sameJson(read('[9007199254740993]'), read('[9007199254740992]'))).toBe(false);
  expect(read('[1, 0.5]')).toEqual([1, 0.5]);
});

test('a number with digits beside it is no object', () => {
  expect(isObject(read('9007199254740993'))).toBe(false);
  expect(isObject(read('{"rawJSON": "1"}'))).toBe(true);
});

test('what the server has no room for is not taken over, and says so', () => {
  for (const number of ['18446744073709551617', '-9223372036854775809', '1e400'])
    expect(read(`{"n": [${number}]}`)).toMatch(`The server has no room for ${number}.`);
  expect(read('["18446744073709551617"]')).toEqual(['18446744073709551617']);
  // As a float it is the same.
  expect(JSON.stringify(read('100000000000000000000'))).toBe('100000000000000000000');
});

test('what is no JSON says why', () => {
  expect(parseJson('{"n": ')).toEqual({ fault: expect.stringMatching(/^It is no JSON: /) });
});
