import { describe, expect, test } from 'vitest';
import { exactValue } from '../exact/exact.ts';
import { faultOf, fieldsOfText, type InputField, textOfFields } from './inputs.ts';

function read(text: string, names: readonly string[] = []): InputField[] {
  const result = fieldsOfText(text, names);
  if ('fault' in result) throw new Error(result.fault);
  return result.value;
}

/** The tokens of a JSON text: equal where two texts say the same with the same digits, whatever the blanks. */
const tokens = (text: string) =>
  [...text.matchAll(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g)].map(([token]) =>
    token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token,
  );

test('a text is a text, everything else is JSON as it is written', () => {
  expect(read('{"n": 12345678901234567890.10, "b": "two", "a": {"x": [1e400, "}"]}}', ['a', 'b', 'c'])).toEqual([
    { name: 'a', kind: 'json', value: '{"x": [1e400, "}"]}' },
    { name: 'b', kind: 'text', value: 'two' },
    { name: 'c', kind: 'text', value: '' },
    { name: 'n', kind: 'json', value: '12345678901234567890.10' },
  ]);
});

test('what a text field would change stays JSON', () => {
  const text = '{"empty": "", "windows": "a\\r\\nb", "half": "\\ud83d", "null": null}';
  expect(read(text).map(({ kind, value }) => [kind, value])).toEqual([
    ['json', '""'],
    ['json', '"a\\r\\nb"'],
    ['json', '"\\ud83d"'],
    ['json', 'null'],
  ]);
});

test('what cannot be inputs says why', () => {
  expect(fieldsOfText('[1]', [])).toEqual({ fault: expect.stringContaining('one JSON object') });
  expect(fieldsOfText('{"a": 1, "\\u0061": 2}', [])).toEqual({
    fault: expect.stringContaining('“a” stands there twice'),
  });
  expect(fieldsOfText('{"a": }', [])).toEqual({ fault: expect.stringContaining('no JSON') });
  expect(faultOf({ name: 'a', kind: 'json', value: '[1' })).toContain('no JSON');
  expect(faultOf({ name: 'a', kind: 'json', value: ' ' })).toBeNull();
  const long = '[18446744073709551617]';
  expect(faultOf({ name: 'a', kind: 'json', value: long })).toContain('no room for 18446744073709551617');
  expect(faultOf({ name: 'a', kind: 'text', value: long })).toBeNull();
});

test('a form in which a field is no JSON does not lose what stands there', () => {
  expect(textOfFields([{ name: 'a', kind: 'json', value: '[1' }])).toBe('{\n  "a": [1\n}');
});

/** Texts that are hard to carry, from a generator that gives the same ones every time. */
function generator(seed: number) {
  let state = seed;
  const below = (count: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  const one = <Value>(values: readonly Value[]) => values[below(values.length)] as Value;
  const SCRAPS = [
    'a',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ' ',
    '\n',
    '\r\n',
    '\u2028',
    '\u2029',
    'שלום',
    '👩🏽‍🚒',
    '\ud83d',
  ];
  const NUMBERS = ['0', '-0', '9007199254740993', '-12345678901234567890123', '1.10', '1e400', '2E-7', '0.1'];
  const text = () => Array.from({ length: below(6) }, () => one(SCRAPS)).join('');
  const blanks = () => one(['', ' ', '\n\t']);
  const value = (depth: number): string => {
    const kind = below(depth > 0 ? 6 : 4);
    if (kind < 2) return JSON.stringify(text());
    if (kind === 2) return one(NUMBERS);
    if (kind === 3) return one(['true', 'false', 'null']);
    const items = Array.from({ length: below(4) }, () => value(depth - 1));
    if (kind === 4) return `[${blanks()}${items.join(`,${blanks()}`)}]`;
    return `{${items.map((item, index) => `${JSON.stringify(index + text())}${blanks()}:${blanks()}${item}`).join(',')}}`;
  };
  const object = () => {
    const names = new Set(Array.from({ length: below(6) }, () => one(['', 'topic', '2', '1', '__proto__', text()])));
    const members = [...names].map((name) => `${JSON.stringify(name)}${blanks()}:${blanks()}${value(3)}`);
    return `${blanks()}{${members.join(`${blanks()},`)}${blanks()}}${blanks()}`;
  };
  return { object, text, one, value };
}

describe('form and JSON turn into each other without loss', () => {
  test('from JSON by the form', () => {
    const { object } = generator(1);
    for (let round = 0; round < 3000; round += 1) {
      const text = object();
      const there = textOfFields(read(text));
      expect(tokens(there)).toEqual(tokens(text));
      expect(textOfFields(read(there))).toBe(there);
    }
  });

  test('from the form by JSON', () => {
    const { text, one, value } = generator(2);
    for (let round = 0; round < 3000; round += 1) {
      const names = ['topic', 'facts', 'העיר', '__proto__'];
      const fields = names.map((name): InputField => {
        const kind = one(['text', 'json'] as const);
        return { name, kind, value: kind === 'json' ? value(2) : text().replaceAll('\r', '').toWellFormed() };
      });
      const back = read(textOfFields(fields), names);
      expect(tokens(textOfFields(back))).toEqual(tokens(textOfFields(fields)));
      for (const field of fields.filter(({ kind }) => kind === 'text')) expect(back).toContainEqual(field);
    }
  });
});

describe('numbers', () => {
  test('are sent with the digits that were written', () => {
    const text = '{"a":[9007199254740993,9007199254740992],"b":"9007199254740993","c":0.1}';
    const sent = exactValue(text);
    expect(JSON.stringify('value' in sent ? sent.value : sent.fault)).toBe(text);
  });
});
