import { expect, test } from 'vitest';
import { stagesIn } from './takenOver.ts';

test('a stage has brought something that passed, not one that only broke off', () => {
  const brought = { output: { text: 'Words.' }, raw: 'Words.' };
  const brokeOff = { failed: { raw: 'Wor' } };
  expect(stagesIn({ stage_1: brought, stage_3: brokeOff, stage_12: { ...brought, ...brokeOff } })).toEqual([1, 12]);
  expect(stagesIn({})).toEqual([]);
});
