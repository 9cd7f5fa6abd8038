import { expect, test } from 'vitest';
import { isTrunk, layWires } from './lanes.ts';
import type { Wire } from './wires.ts';

const fail = (from: number, to: number): Wire => ({ from, to, kind: 'fail' });
const lanes = (...wires: Wire[]) =>
  Object.fromEntries(layWires(wires).map(({ from, to, lane }) => [`${from}>${to}`, lane]));

test('wires that are apart share the first lane', () => {
  expect(lanes(fail(1, 0), fail(5, 3), fail(7, 9))).toEqual({ '1>0': 0, '5>3': 0, '7>9': 0 });
});

test('a wire around another runs outside of it, whatever their directions', () => {
  expect(lanes(fail(6, 1), fail(3, 4))).toEqual({ '3>4': 0, '6>1': 1 });
  expect(lanes(fail(4, 3), fail(5, 3), fail(10, 6), fail(7, 11))).toEqual({ '4>3': 0, '5>3': 1, '10>6': 0, '7>11': 1 });
});

test('wires that cross, or turn at the same stage, have separate lanes', () => {
  expect(lanes(fail(0, 4), fail(2, 6))).toEqual({ '0>4': 0, '2>6': 1 });
  expect(lanes(fail(2, 0), fail(2, 4))).toEqual({ '2>0': 0, '2>4': 1 });
});

test('no two wires of a lane ever lie over each other', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const laid = layWires(Array.from({ length: 80 }, () => fail(random(40), random(40))));
  expect(laid).toHaveLength(80);
  for (const one of laid) {
    for (const other of laid) {
      if (one === other || one.lane !== other.lane) continue;
      const apart =
        Math.max(one.from, one.to) < Math.min(other.from, other.to) ||
        Math.max(other.from, other.to) < Math.min(one.from, one.to);
      expect(apart, `${one.from}>${one.to} and ${other.from}>${other.to}`).toBe(true);
    }
  }
});

test('only a pass to the next stage is the trunk', () => {
  expect(isTrunk({ from: 1, to: 2, kind: 'pass' })).toBe(true);
  expect(isTrunk({ from: 1, to: 3, kind: 'pass' })).toBe(false);
  expect(isTrunk({ from: 1, to: 2, kind: 'fail' })).toBe(false);
});
