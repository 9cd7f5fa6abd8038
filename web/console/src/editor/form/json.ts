import { roundedIn } from '../../exact/exact.ts';

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Are they the same JSON, written in the same order? */
export const sameJson = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

/** The object with this field set; undefined takes it away. */
export function withField(object: JsonObject, field: string, value: unknown): JsonObject {
  if (value !== undefined) return { ...object, [field]: value };
  const { [field]: _, ...others } = object;
  return others;
}

/** Has it no other fields than these? */
export const onlyHas = (object: JsonObject, fields: readonly string[]): boolean =>
  Object.keys(object).every((field) => fields.includes(field));

/** A text that is JSON, or why it cannot be taken over. */
export function parseJson(text: string): { value: unknown } | { fault: string } {
  if (text.trim() === '') return { value: null };
  try {
    const value: unknown = JSON.parse(text);
    const rounded = roundedIn(text);
    return rounded === null ? { value } : { fault: wouldRound(rounded) };
  } catch (error) {
    return { fault: `it is no JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/** A draft has JavaScript's numbers; what comes from the server or from a file keeps its digits beside them. */
const wouldRound = (number: string): string =>
  `${number} would be rounded here. Write it as a text, in quotes, or have it in a file from which the workflow is made`;
