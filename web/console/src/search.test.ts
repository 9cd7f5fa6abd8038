import { expect, test } from 'vitest';
import { number, oneOf, readSearch, text } from './search.ts';

interface Search {
  log?: string;
  stage?: number;
  time?: 'lane' | 'score';
}
const read = readSearch<Search>({ log: text, stage: number, time: oneOf('lane', 'score') });

test('what is right is taken, and what is not takes the place of what was written', () => {
  expect(read({ log: 'a', stage: 3, time: 'score' })).toEqual({ log: 'a', stage: 3, time: 'score' });
  const wrong = { log: ['a'], stage: '3', time: 'later', other: 1 };
  expect({ ...wrong, ...read(wrong) }).toEqual({ log: undefined, stage: undefined, time: undefined, other: 1 });
});
