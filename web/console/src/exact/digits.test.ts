import { expect, test } from 'vitest';
import { hasWhole, mayBeRounded, withDigits } from './digits.ts';
import { exactValue } from './exact.ts';

/** As `JSON.rawJSON` makes it. */
const raw = (rawJSON: string) => Object.assign(Object.create(null), { rawJSON });

test('numbers have their digits back where they are the same, wherever they stand', () => {
  const exact = { a: raw('1.0'), b: [raw('9007199254740993'), { c: raw('2.0') }], d: raw('3.0'), e: 'x' };
  const written = { e: 'y', b: [9007199254740992, { c: 2, f: 1 }], a: 1, d: 4 };
  expect(withDigits(written, exact)).toEqual({ ...exact, e: 'y', b: [exact.b[0], { c: raw('2.0'), f: 1 }], d: 4 });
  expect(Object.keys(withDigits(written, exact) as object)).toEqual(Object.keys(written));
});

test('a list that became shorter or longer keeps what is left of it', () => {
  const exact = [raw('1.0'), raw('2.0'), raw('3.0')];
  expect(withDigits([2, 3], exact)).toEqual(exact.slice(1));
  expect(withDigits([1, 2], exact)).toEqual(exact.slice(0, 2));
  expect(withDigits([1, 0, 2, 3], exact)).toEqual([exact[0], 0, exact[1], exact[2]]);
});

test('what was written anew stays, and names are only names', () => {
  expect(withDigits({ a: '1', b: null, c: raw('5.0') }, { a: raw('1.0'), b: raw('1.0'), c: raw('5.00') })).toEqual({
    a: '1',
    b: null,
    c: raw('5.0'),
  });
  expect(withDigits({ constructor: 1 }, {})).toEqual({ constructor: 1 });
  expect(withDigits(1, { rawJSON: '1.0' })).toBe(1);
});

test('a long number that was written as it is rounded to stays what was written', () => {
  const read = (text: string) => {
    const answer = exactValue(text);
    return 'value' in answer ? answer.value : answer;
  };
  expect(JSON.stringify(withDigits(read('9007199254740992'), read('9007199254740993')))).toBe('9007199254740992');
});

test('only whole numbers may have lost digits', () => {
  expect([{ a: [{ b: 1 }] }, 9007199254740992].map(hasWhole)).toEqual([true, true]);
  expect([{ a: [0.5, '1', null, true] }, null, {}].map(hasWhole)).toEqual([false, false, false]);
});

test('only long ones may be other numbers than were written', () => {
  expect([[1, 0.5], { a: 1e300 }, 9007199254740992, raw('9007199254740993')].map(mayBeRounded)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
