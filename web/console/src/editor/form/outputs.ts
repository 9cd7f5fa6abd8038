import { isObject, type JsonObject } from './json.ts';
import { type Named, objectOf } from './named.ts';

export const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'] as const;

/** A key of the answer: the word of its type, or a JSON Schema. */
export type OutputRow = Named<unknown>;

/** The rows of what an answer has to be; null: no object, as plain text is. */
export function readOutputs(variables: unknown): OutputRow[] | null {
  if (!isObject(variables)) return null;
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}

export const writeOutputs = (rows: readonly OutputRow[]): JsonObject | null => objectOf(rows);

/** The word that says the same as a schema with a type alone. */
export function typeWord(type: unknown): string | null {
  return typeof type === 'string' ? type : null;
}

/** The schema that a word stands for, to go on from. */
export const schemaOf = (type: unknown): unknown => (typeof type === 'string' ? { type } : type);
