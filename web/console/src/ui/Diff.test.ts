import { expect, test } from 'vitest';
import { diffText, inWords } from './Diff.tsx';

const SENTENCE = 'The depot kept the chair for ten days, and nobody told you why. ';
const LONG = SENTENCE.repeat(16_500);

const without = (diff: ReturnType<typeof diffText>, kind: 'in' | 'out') =>
  diff.parts
    .filter((part) => part.kind !== kind)
    .map(({ text }) => text)
    .join('');

test('two words put in at the start of a long text are two words', () => {
  const result = diffText(LONG, `Dear Noor, ${LONG}`);
  expect(inWords(result)).toBe('2 words put in');
  expect(result.parts.map(({ kind }) => kind)).toEqual(['in', 'same']);
});

test('so is a word in the middle, and one at its end', () => {
  const middle = LONG.length / 2;
  const at = LONG.indexOf('nobody', middle);
  const edited = `${LONG.slice(0, at)}somebody${LONG.slice(at + 'nobody'.length)}`;
  expect(inWords(diffText(LONG, edited))).toBe('1 word put in, 1 word taken out');
  expect(inWords(diffText(LONG, `${LONG}Yours`))).toBe('1 word put in');
});

test('a word of which only the beginning or the end differs is put in as a whole', () => {
  const told = diffText('say that it was undone', 'say that it was redone').parts;
  expect(told).toEqual([
    { text: 'say that it was ', kind: 'same' },
    { text: 'undone', kind: 'out' },
    { text: 'redone', kind: 'in' },
  ]);
  expect(diffText('a walk, then', 'a walking, then').parts.filter(({ kind }) => kind === 'in')).toEqual([
    { text: 'walking', kind: 'in' },
  ]);
});

test('so are words at both ends of it, where it has lines', () => {
  const lines = Array.from({ length: 4_000 }, (_, line) => `${line}. ${SENTENCE.repeat(4)}\n`).join('');
  const result = diffText(lines, `Dear Noor, ${lines}Yours, the depot`);
  expect(inWords(result)).toBe('5 words put in');
  expect(result.parts.map(({ kind }) => kind)).toEqual(['in', 'same', 'in']);
  const edited = lines.replace('ten days', 'two weeks').replace(/nobody told you why. \n$/, 'nobody told you. \n');
  expect(inWords(diffText(lines, edited))).toBe('2 words put in, 3 words taken out');
});

test('what is too long and differs too much is not counted, and both texts are still there', () => {
  const other = LONG.replaceAll('depot', 'garage');
  const result = diffText(LONG, other);
  expect(result.isCompared).toBe(false);
  expect(inWords(result)).not.toMatch(/\d/);
  expect([without(result, 'in'), without(result, 'out')]).toEqual([LONG, other]);
});

test('whatever differs, the texts are those that were given', () => {
  const texts = [
    '',
    ' ',
    'a',
    'a b',
    'a  b',
    'a\r\nb',
    'a\rb',
    '👩‍🔬 b',
    '👩 b',
    'a b a b',
    'a b a b a b',
    'x a b',
    'ab ba',
  ];
  for (const before of texts) {
    for (const after of texts) {
      const diff = diffText(before, after);
      expect([without(diff, 'in'), without(diff, 'out')]).toEqual([before, after]);
      expect(diff.isCompared).toBe(true);
    }
  }
});
