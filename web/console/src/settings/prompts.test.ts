import { expect, test } from 'vitest';
import { toInput, withPrompt } from './prompts.ts';

const [one, other] = [
  { id: '1', name: 'Plain words', prompt: 'Be plain.' },
  { id: '2', name: 'Short', prompt: 'Be short.' },
];

test('a prompt stands in its place, and a new one at the end', () => {
  const changed = { ...one, prompt: 'Be plainer.' };
  expect(withPrompt([one, other], changed)).toEqual([changed, other]);
  const added = { name: 'New', prompt: 'Be new.' };
  expect(withPrompt([one, other], added)).toEqual([one, other, added]);
});

test('one that was deleted while it was changed is not lost', () => {
  expect(withPrompt([other], one)).toEqual([other, one]);
});

test('only what the server takes is sent', () => {
  const read = { __typename: 'SavedPrompt', ...one };
  expect(toInput([read, { name: 'New', prompt: 'x' }])).toEqual([one, { name: 'New', prompt: 'x' }]);
});
