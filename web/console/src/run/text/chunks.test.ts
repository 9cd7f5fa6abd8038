import { describe, expect, test } from 'vitest';
import { type Chunks, growChunks, NO_CHUNKS } from './chunks.ts';

const joined = ({ closed, open }: Chunks) => closed.join('') + open;
const paragraph = `${'Some words that stand in a line. '.repeat(20)}\n\n`;

describe('chunks', () => {
  test('together are the text, however it came', () => {
    const text = `${paragraph.repeat(40)}🎭${'x'.repeat(30_000)}\n\n\nend`;
    expect(joined(growChunks(NO_CHUNKS, text))).toBe(text);
    let chunks = NO_CHUNKS;
    for (let end = 0; end < text.length + 97; end += 97) chunks = growChunks(chunks, text.slice(0, end));
    expect(joined(chunks)).toBe(text);
    expect(chunks.closed.length).toBeGreaterThan(10);
  });

  test('that are closed stay the same while the text grows', () => {
    const before = growChunks(NO_CHUNKS, paragraph.repeat(9));
    const after = growChunks(before, paragraph.repeat(9) + paragraph.repeat(9));
    expect(after.closed.slice(0, before.closed.length)).toEqual(before.closed);
    expect(before.closed.length).toBeGreaterThan(0);
  });

  test('begin anew where the text was replaced', () => {
    const before = growChunks(NO_CHUNKS, paragraph.repeat(9));
    expect(growChunks(before, 'another')).toEqual({ text: 'another', closed: [], open: 'another' });
  });

  test('end with a line, empty lines included, and never within a character', () => {
    expect(growChunks(NO_CHUNKS, paragraph.repeat(9)).closed.every((chunk) => chunk.endsWith('.\u0020\n\n'))).toBe(
      true,
    );
    const { closed } = growChunks(NO_CHUNKS, `x${'👩‍👩‍👧'.repeat(6000)}`);
    expect(closed.length).toBeGreaterThan(2);
    for (const chunk of closed) expect(chunk).toMatch(/👧$/u);
  });

  test('are the same object where nothing came', () => {
    const before = growChunks(NO_CHUNKS, 'text');
    expect(growChunks(before, 'text')).toBe(before);
  });
});
