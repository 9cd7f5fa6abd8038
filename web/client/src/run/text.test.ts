import { expect, test } from 'vitest';
import { codePointsOf, withPiece } from './text.ts';

const TEXTS = [
  '',
  'abc',
  '\u{1F600}',
  'a\u{1F600}\u{1F680}b',
  '\u{1F469}\u200D\u{1F680}',
  'e\u0301',
  '\uD83D',
  '\uDE00\uD83D',
];

test.each(TEXTS)('the code points of %j are counted as the language does', (text) => {
  expect(codePointsOf(text)).toBe([...text].length);
});

test('a piece that overlaps what is known adds the rest of it', () => {
  const whole = [...'a\u{1F600}b\u{1F680}\u{1F680}c'];
  for (let known = 0; known <= whole.length; known += 1) {
    for (let offset = 1; offset <= known; offset += 1) {
      const before = { text: whole.slice(0, known).join(''), codePoints: known };
      const after = withPiece(before, offset, whole.slice(offset).join(''));
      expect(after).toEqual({ text: whole.join(''), codePoints: whole.length });
    }
  }
});

test('a piece that is known is the same text', () => {
  const known = { text: '\u{1F600}bc', codePoints: 3 };
  expect(withPiece(known, 1, 'b')).toBe(known);
});
