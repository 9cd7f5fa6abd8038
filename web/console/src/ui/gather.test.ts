import { expect, test } from 'vitest';
import { diffText } from './Diff.tsx';
import { gather, type Part } from './gather.ts';

const marked = (parts: readonly Part[]) =>
  parts.map(({ text, kind }) => (kind === 'in' ? `[+${text}]` : kind === 'out' ? `[-${text}]` : text)).join('');

test('a phrase is taken out and put in as one', () => {
  const before = 'ten, and for this we can only offer our sincere apologies. The depot';
  const after = 'ten, and you were without it for all of them. That was our fault. The depot';
  const { parts } = diffText(before, after);
  const text = (kind: Part['kind']) =>
    parts
      .filter((part) => part.kind !== kind)
      .map((part) => part.text)
      .join('');
  expect(text('in')).toBe(before);
  expect(text('out')).toBe(after);
  expect(parts.length).toBeLessThanOrEqual(8);
});

test('what stands between two changes and is more than a little word stays as it is', () => {
  const parts: Part[] = [
    { text: 'a', kind: 'out' },
    { text: ', "paragraph": ', kind: 'same' },
    { text: 'b', kind: 'in' },
  ];
  expect(marked(gather(parts))).toBe('[-a], "paragraph": [+b]');
  expect(
    marked(
      gather([
        { text: 'a', kind: 'in' },
        { text: ' ', kind: 'same' },
      ]),
    ),
  ).toBe('[+a] ');
});
