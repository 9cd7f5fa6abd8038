import { expect, test } from 'vitest';
import { lanesOf, trunkPath, wirePath } from './geometry.ts';

test('a line leaves at its stage, and arrives a little above the middle of the other', () => {
  expect(wirePath({ from: 4, to: 3, kind: 'fail', lane: 0 }, 1)).toBe('M20 211.5H24q8 0 8 -8V168.5q0 -8 -8 -8H25');
  expect(trunkPath(0)).toBe('M14 29.5V64.5');
});

test('many lanes stand closer, and stay in their place', () => {
  expect(wirePath({ from: 0, to: 5, kind: 'fail', lane: 11 }, 12)).toContain('H64q');
  expect(lanesOf([])).toBe(0);
});

test('a stage that comes again to itself turns in a small loop', () => {
  expect(wirePath({ from: 0, to: 0, kind: 'fail', lane: 0 }, 1)).toBe('M20 23.5H30q2 0 2 -2V21.5q0 -2 -2 -2H25');
});
