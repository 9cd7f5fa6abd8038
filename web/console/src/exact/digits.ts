// Digits that JavaScript's numbers lose, put back where the number is still the same: 9007199254740993 is read as …992,
// and 1.0 as 1.

import { type Fields, fieldsOf, isSame } from '../definition/shape.ts';
import { type ExactNumber, isExactNumber, keepsDigits } from './exact.ts';

/** What was written, with the numbers of `exact` where the same numbers stand at the same places: all, or the `lost` ones. */
export function withDigits(written: unknown, exact: unknown, lost = (_number: number) => true): unknown {
  if (typeof written === 'number')
    return isExactNumber(exact) && Number(exact.rawJSON) === written && lost(written) ? exact : written;
  if (Array.isArray(written)) return Array.isArray(exact) ? itemsWithDigits(written, exact, lost) : written;
  if (typeof written !== 'object' || written === null || isExactNumber(written)) return written;
  const source = fieldsOf(exact);
  const fields = Object.entries(written).map(([name, value]) => [
    name,
    Object.hasOwn(source, name) ? withDigits(value, source[name], lost) : value,
  ]);
  return Object.fromEntries(fields);
}

/** Where items came or went before it, an item is found by its place from the end. */
function itemsWithDigits(
  written: readonly unknown[],
  exact: readonly unknown[],
  lost: (number: number) => boolean,
): unknown[] {
  const moved = exact.length - written.length;
  return written.map((item, index) => {
    const kept = withDigits(item, exact[index], lost);
    return moved === 0 || JSON.stringify(kept) !== JSON.stringify(item)
      ? kept
      : withDigits(item, exact[index + moved], lost);
  });
}

/** Is there a whole number in it? Only such a one may have lost digits. */
export const hasWhole = (value: unknown): boolean => hasNumber(value, Number.isInteger);

/** Is there a number in it that may be another than was written, and not just written in another way? */
export const mayBeRounded = (value: unknown): boolean => hasNumber(value, isLong);

/**
 * May the link have brought it with fewer digits than were written? Where a browser keeps none, that counts only where it
 * makes another number.
 */
export const mayHaveLost = keepsDigits ? hasWhole : mayBeRounded;

/** The number that was written may be another, which was rounded to this one. */
export const isLong = (number: number): boolean => Number.isInteger(number) && !Number.isSafeInteger(number);

/** Fails where this browser keeps no digits and what is to be written has a long number: it may be another by now. */
export function refuseRounding(written: unknown): void {
  if (!keepsDigits && mayBeRounded(written))
    throw new Error('This browser rounds long numbers, and there is one in it: use a newer browser.');
}

/** Do both say the same to the server? 0.70 is 0.7, but 1.0 is not 1; of a long whole number each digit counts. */
export const isAlike = (one: unknown, other: unknown): boolean => isSame(shortened(one), shortened(other));

function shortened(value: unknown): unknown {
  if (isExactNumber(value)) return shortNumber(value);
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one)]));
}

function shortNumber(exact: ExactNumber): unknown {
  const number = Number(exact.rawJSON);
  if (!Number.isInteger(number)) return number;
  if (!/^-?\d+$/.test(exact.rawJSON)) return { float: number };
  return isLong(number) ? exact : number;
}

function hasNumber(value: unknown, is: (number: number) => boolean): boolean {
  if (typeof value === 'number') return is(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((one) => hasNumber(one, is));
  // A list of the values of each object would take most of the time.
  for (const name in value) if (hasNumber((value as Fields)[name], is)) return true;
  return false;
}
