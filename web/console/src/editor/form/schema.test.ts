import { expect, test } from 'vitest';
import { controlOf, parseExactNumber, parseNumber, propertiesOf, rangeInWords, shows } from './schema.ts';

test('each kind of setting has its control', () => {
  const choice = { anyOf: [{ enum: ['text', 'json_object', null] }, { type: 'object', required: ['type'] }] };
  const texts = {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'null' }],
  };
  for (const [schema, control] of [
    [
      { type: ['number', 'null'], minimum: 0, maximum: 2 },
      { kind: 'number', whole: false, from: 0, to: 2 },
    ],
    [
      { type: ['integer', 'null'], minimum: 1, maximum: 2147483647 },
      { kind: 'number', whole: true, from: 1, to: null },
    ],
    [{ type: ['boolean', 'null'] }, { kind: 'flag' }],
    [{ type: 'string', maxLength: 50 }, { kind: 'text' }],
    [{ enum: ['a', 'b'] }, { kind: 'choice', options: ['a', 'b'], open: false }],
    [{ enum: ['a', 1] }, { kind: 'json' }],
    [choice, { kind: 'choice', options: ['text', 'json_object'], open: true }],
    [texts, { kind: 'texts' }],
    [{ type: 'array', minItems: 1 }, { kind: 'texts' }],
    [{ type: 'array', items: { type: 'number' } }, { kind: 'json' }],
    [{ type: 'object' }, { kind: 'json' }],
    [{ title: 'Value' }, { kind: 'any' }],
    [true, { kind: 'any' }],
  ] as const) {
    expect(controlOf(schema)).toEqual(control);
  }
});

test('an object asks for its properties by title, else by name in words', () => {
  const schema = {
    type: 'object',
    required: ['length'],
    properties: { length: { title: 'Characters', type: 'integer' }, topP: { type: 'number', description: 'A share.' } },
  };
  expect(propertiesOf(schema)).toMatchObject([
    { name: 'length', label: 'Characters', required: true, says: null },
    { name: 'topP', label: 'Top p', required: false, says: 'A share.' },
  ]);
  expect(propertiesOf(null)).toEqual([]);
});

test('a value that its control cannot show is left to JSON', () => {
  const choice = controlOf({ anyOf: [{ enum: ['text'] }, { type: 'object' }] });
  expect(shows(choice, 'text')).toBe(true);
  expect(shows(choice, { type: 'grammar' })).toBe(false);
  expect(shows({ kind: 'number', whole: false, from: null, to: null }, '0.2')).toBe(false);
  expect(shows({ kind: 'texts' }, 'END')).toBe(false);
  expect(shows({ kind: 'texts' }, null)).toBe(true);
});

test('numbers are read as people write them', () => {
  expect(parseNumber('1,200', true)).toEqual({ value: 1200 });
  expect(parseNumber(' 0.3 ', false)).toEqual({ value: 0.3 });
  expect(parseNumber('', false)).toEqual({ value: undefined });
  expect(parseNumber('90 s', true, 's')).toEqual({ value: 90 });
  expect(parseNumber('none', false)).toEqual({ value: null });
  for (const [text, whole] of [
    ['0,3', false],
    ['a', true],
    ['-', true],
    ['1.', true],
    ['0.', false],
    ['1. s', true],
    ['1.5', true],
    ['9007199254740993', true],
  ] as const)
    expect(parseNumber(text, whole)).toHaveProperty('fault');
});

test('a long number in JSON has its digits', () => {
  const read = (text: string) => JSON.stringify(parseExactNumber(text, true));
  expect(read('9007199254740993')).toBe('{"value":9007199254740993}');
  expect(read('9,007,199,254,740,993')).toBe('{"value":9007199254740993}');
  expect(read('1,200')).toBe('{"value":1200}');
  expect(parseExactNumber('18446744073709551617', true)).toHaveProperty('fault');
});

test('a number in JSON that was written as a float stays one, where it need not be whole', () => {
  const read = (text: string, whole = false) => JSON.stringify(parseExactNumber(text, whole));
  expect(['1.0', '-2.0', '1', '0.5', '01.0', '1.0e'].map((text) => read(text))).toEqual([
    '{"value":1.0}',
    '{"value":-2.0}',
    '{"value":1}',
    '{"value":0.5}',
    '{"value":1}',
    expect.stringContaining('fault'),
  ]);
  expect(read('5.0', true)).toBe('{"value":5}');
});

test('a range is said in words', () => {
  expect(rangeInWords({ from: 0, to: 2 })).toBe('From 0 to 2');
  expect(rangeInWords({ from: 1, to: null })).toBe('At least 1');
  expect(rangeInWords({ from: null, to: null })).toBe(null);
});
