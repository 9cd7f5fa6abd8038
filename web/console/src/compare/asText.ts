import { fieldText } from '../definition/words.ts';
import { exactValue } from '../exact/exact.ts';

/** JSON is compared line by line, its keys in one order; any other text, and what would lose digits, as it is. */
export function asText(answer: string): { text: string; isJson: boolean } {
  const read = /^\s*[[{]/.test(answer) ? parsed(answer) : null;
  return read && 'value' in read ? { text: fieldText(read.value), isJson: true } : { text: answer, isJson: false };
}

/** A long number, or one that ends in zeros or an exponent. To read each as it is written takes long. */
const MAY_LOSE_DIGITS = /\d[\d.]{15}|\.\d*0(?!\d)|\d[eE]/;

function parsed(text: string): ReturnType<typeof exactValue> | null {
  try {
    return MAY_LOSE_DIGITS.test(text) ? exactValue(text) : { value: JSON.parse(text) };
  } catch {
    return null;
  }
}
