// Digits that JavaScript's numbers lose, put back where the number is still the same: 9007199254740993 is read as …992,
// and 1.0 as 1.

import { fieldsOf } from '../definition/shape.ts';
import { isExactNumber } from './exact.ts';

/** What was written, with the numbers of `exact` where the same numbers stand at the same places. */
export function withDigits(written: unknown, exact: unknown): unknown {
  if (typeof written === 'number') return isExactNumber(exact) && Number(exact.rawJSON) === written ? exact : written;
  if (Array.isArray(written)) return Array.isArray(exact) ? itemsWithDigits(written, exact) : written;
  if (typeof written !== 'object' || written === null || isExactNumber(written)) return written;
  const source = fieldsOf(exact);
  const fields = Object.entries(written).map(([name, value]) => [
    name,
    Object.hasOwn(source, name) ? withDigits(value, source[name]) : value,
  ]);
  return Object.fromEntries(fields);
}

/** Where items came or went before it, an item is found by its place from the end. */
function itemsWithDigits(written: readonly unknown[], exact: readonly unknown[]): unknown[] {
  const moved = exact.length - written.length;
  return written.map((item, index) => {
    const kept = withDigits(item, exact[index]);
    return moved === 0 || JSON.stringify(kept) !== JSON.stringify(item) ? kept : withDigits(item, exact[index + moved]);
  });
}

/** Is there a whole number in it? Only such a one may have lost digits. */
export const hasWhole = (value: unknown): boolean => hasNumber(value, Number.isInteger);

/** Is there a number in it that may be another than was written, and not just written in another way? */
export const mayBeRounded = (value: unknown): boolean =>
  hasNumber(value, (number) => Number.isInteger(number) && !Number.isSafeInteger(number));

function hasNumber(value: unknown, is: (number: number) => boolean): boolean {
  if (typeof value === 'number') return is(value);
  return typeof value === 'object' && value !== null && Object.values(value).some((one) => hasNumber(one, is));
}
