import { expect, test } from 'vitest';
import { jsonText, splitKeys } from './Json.tsx';

test('keys are told from values, and nothing is lost', () => {
  const text = jsonText({ 'a "name"': 'x": y', list: ['"b": 1', { c: null }], ключ: 'two\nlines' });
  const parts = splitKeys(text);
  expect(parts.filter((_, index) => index % 2 === 1).map((part) => part.trim())).toEqual([
    '"a \\"name\\"":',
    '"list":',
    '"c":',
    '"ключ":',
  ]);
  expect(parts.join('')).toBe(text);
});

test('a text without keys is one part', () => {
  expect(splitKeys('Nothing "quoted": here.')).toEqual(['Nothing "quoted": here.']);
});
