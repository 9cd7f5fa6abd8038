import { type Fields, fieldsOf } from '../../definition/shape.ts';
import { isExactNumber } from '../../exact/exact.ts';

/** A value whose names stand in the order of another, as far as that has them: the server gives them by the alphabet. */
export function inOrderOf(value: unknown, other: unknown): unknown {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return value;
  if (Array.isArray(value)) {
    const items = Array.isArray(other) ? other : [];
    return value.map((item, index) => inOrderOf(item, items[index]));
  }
  const [fields, order] = [value as Fields, fieldsOf(other)];
  const first = Object.keys(order).filter((name) => Object.hasOwn(fields, name));
  const names = new Set([...first, ...Object.keys(fields)]);
  return Object.fromEntries([...names].map((name) => [name, inOrderOf(fields[name], order[name])]));
}
