// Numbers as they are written, up to the server: JavaScript's own would be rounded beyond 2^53.

/** A number with its digits: what `JSON.rawJSON` makes, which `JSON.stringify` writes as it is. */
export interface ExactNumber {
  readonly rawJSON: string;
}

interface ExactJson {
  rawJSON?: (text: string) => ExactNumber;
}
const { rawJSON } = JSON as ExactJson;

/** Can this browser keep digits that its numbers lose? */
export const keepsDigits = rawJSON !== undefined;

export const isExactNumber = (value: unknown): value is ExactNumber =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null && 'rawJSON' in value;

/** A JSON text as a value that `JSON.stringify` writes with the same digits; a fault where this browser cannot. */
export function exactValue(text: string): { value: unknown } | { fault: string } {
  const keep = (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || isTold(value, source)) return value;
    return rawJSON ? rawJSON(source) : value;
  };
  const first = rawJSON ? null : numbersOf(text).find(isRounded);
  if (first)
    return { fault: `This browser would round ${first}. Write it as a text, in quotes, or use a newer browser.` };
  return { value: JSON.parse(text, keep as (key: string, value: unknown) => unknown) };
}

/** Does JavaScript's number alone say what was written? Of a long one it may be that another was, which was rounded to it. */
const isTold = (value: number, source: string): boolean =>
  String(value) === source && (Number.isSafeInteger(value) || !Number.isInteger(value));

/** The same of a text that is to be sent; a fault, too, where the server would round: whole numbers have 64 bits there. */
export function sentValue(text: string): { value: unknown } | { fault: string } {
  const read = exactValue(text);
  const rounded = numbersOf(text).find(isTooLarge);
  return rounded === undefined
    ? read
    : { fault: `The server has no room for ${rounded}. Write it as a text, in quotes` };
}

function numbersOf(text: string): string[] {
  const withoutTexts = text.replaceAll(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"/g, '""');
  return withoutTexts.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
}

const isWhole = (number: string): boolean => /^-?\d+$/.test(number);
const isRounded = (number: string): boolean => isWhole(number) && BigInt(number) !== BigInt(Number(number));

function isTooLarge(number: string): boolean {
  if (!isWhole(number)) return !Number.isFinite(Number(number));
  const value = BigInt(number);
  return (value < -(2n ** 63n) || value >= 2n ** 64n) && isRounded(number);
}
