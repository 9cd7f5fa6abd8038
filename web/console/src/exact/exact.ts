// Numbers as they are written, up to the server: JavaScript's own would be rounded beyond 2^53.

interface ExactJson {
  rawJSON?: (text: string) => unknown;
}
const { rawJSON } = JSON as ExactJson;

/** A JSON text as a value that `JSON.stringify` writes with the same digits; a fault where this browser cannot. */
export function exactValue(text: string): { value: unknown } | { fault: string } {
  const keep = (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
    return rawJSON ? rawJSON(source) : value;
  };
  const first = rawJSON ? null : roundedIn(text);
  if (first)
    return { fault: `This browser would round ${first}. Write it as a text, in quotes, or use a newer browser.` };
  return { value: JSON.parse(text, keep as (key: string, value: unknown) => unknown) };
}

/** The first number of a JSON text that JavaScript's own numbers would round. */
export const roundedIn = (text: string): string | null => numbersOf(text).find(isRounded) ?? null;

function numbersOf(text: string): string[] {
  const withoutTexts = text.replaceAll(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"/g, '""');
  return withoutTexts.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
}

const isRounded = (number: string): boolean => /^-?\d+$/.test(number) && BigInt(number) !== BigInt(Number(number));
