import { isExactNumber, sentValue } from '../../exact/exact.ts';

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

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

/** A text that is JSON, with the digits of its numbers, or why it cannot be taken over. */
export function parseJson(text: string): { value: unknown } | { fault: string } {
  if (text.trim() === '') return { value: null };
  try {
    return sentValue(text);
  } catch (error) {
    return { fault: `It is no JSON: ${error instanceof Error ? error.message : error}` };
  }
}
