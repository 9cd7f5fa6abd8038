import { fieldsOf, isSame } from '../definition/shape.ts';

export interface InputPair {
  readonly name: string;
  readonly left: unknown;
  readonly right: unknown;
}

/** The inputs that differ, by name, and how many are the same. */
export function comparedInputs(left: unknown, right: unknown): { differ: InputPair[]; same: number } {
  const [one, other] = [fieldsOf(left), fieldsOf(right)];
  const names = Object.keys({ ...one, ...other }).sort();
  const differ = names.filter((name) => !isSame(one[name], other[name]));
  return {
    differ: differ.map((name) => ({ name, left: one[name] ?? null, right: other[name] ?? null })),
    same: names.length - differ.length,
  };
}
