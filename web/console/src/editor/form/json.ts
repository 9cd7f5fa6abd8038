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

/** A text that is JSON, or why it is none. */
export function parseJson(text: string): { value: unknown } | { fault: string } {
  if (text.trim() === '') return { value: null };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
