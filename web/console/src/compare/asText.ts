import { fieldText } from '../definition/words.ts';

/** JSON is compared line by line, its keys in one order; any other text as it is. */
export function asText(answer: string): { text: string; isJson: boolean } {
  const value = /^\s*[[{]/.test(answer) ? parsed(answer) : undefined;
  return value === undefined ? { text: answer, isJson: false } : { text: fieldText(value), isJson: true };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
