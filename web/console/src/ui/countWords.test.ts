import { expect, test } from 'vitest';
import { countWords } from './countWords.ts';

test('words are what stands between blanks, of any kind', () => {
  for (const text of ['', ' ', 'one', ' one  two\n', 'ein\u00a0zwei\u2003drei\u3000vier', '正しい 文', '👩‍🔬 a'])
    expect(countWords(text)).toBe(text.split(/\s+/u).filter(Boolean).length);
});
