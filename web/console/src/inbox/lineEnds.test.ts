import { expect, test } from 'vitest';
import { inField, withLineEnds } from './lineEnds.ts';

const edited = (text: string, change: (written: string) => string) => withLineEnds(text, change(inField(text)));

test('an edit keeps the ends of lines that it does not touch', () => {
  for (const text of ['', 'one', 'a\r\nb\r\n', 'a\rb', 'a\r\nb\rc\nd\r\n\r\n', '\r\n\n\r']) {
    expect(edited(text, (written) => written)).toBe(text);
  }
  expect(edited('a\r\nb\r\nc\r\n', (written) => written.replace('b', 'B!'))).toBe('a\r\nB!\r\nc\r\n');
  expect(edited('a\r\nb\rc\nd', (written) => written.replace('b', 'B'))).toBe('a\r\nB\rc\nd');
  expect(edited('a\nb\r\nc', (written) => written.replace('a\n', ''))).toBe('b\r\nc');
});

test('new lines end as the first of the text', () => {
  expect(edited('a\r\nb', () => 'x\ny\na\nb\n')).toBe('x\r\ny\r\na\r\nb\r\n');
  expect(edited('a\r\nb\r\n', (written) => `${written}c\n`)).toBe('a\r\nb\r\nc\r\n');
  expect(edited('a', (written) => `${written}\nb`)).toBe('a\nb');
});
