import { expect, test } from 'vitest';
import { sourceInWords } from './source.ts';

test('a path is told in words', () => {
  expect(sourceInWords('inputs.topic')).toBe('the run’s inputs');
  expect(sourceInWords('stage_2.output.log')).toBe('stage 2, output.log');
  expect(sourceInWords('notes')).toBe('what was said of the answer before');
  expect(sourceInWords('stage_2')).toBe('stage 2');
  expect(sourceInWords('item.name')).toBe('item.name');
});
