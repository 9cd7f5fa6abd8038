import { type ExactNumber, isExactNumber } from '../../exact/exact.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';

/** How a value is asked for, by its JSON Schema. */
export type Control =
  | { kind: 'number'; whole: boolean; from: number | null; to: number | null }
  | { kind: 'flag' }
  /** `open`: it may be something else, too, which is said as JSON. */
  | { kind: 'choice'; options: readonly string[]; open: boolean }
  | { kind: 'text' }
  | { kind: 'texts' }
  /** Text or any JSON. */
  | { kind: 'any' }
  | { kind: 'json' };

export interface Property {
  name: string;
  label: string;
  says: string | null;
  required: boolean;
  control: Control;
}

/** What the form of an object asks for, in the order of its schema. */
export function propertiesOf(schema: unknown): Property[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) => {
    const { title, description } = isObject(property) ? property : ({} as JsonObject);
    return {
      name,
      label: typeof title === 'string' ? title : wordsOf(name),
      says: typeof description === 'string' ? description : null,
      required: required.includes(name),
      control: controlOf(property),
    };
  });
}

/** `presencePenalty` is "Presence penalty", `top_p` "Top p". */
function wordsOf(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function controlOf(schema: unknown): Control {
  if (!isObject(schema)) return { kind: 'any' };
  const alternatives = alternativesOf(schema);
  const [first] = alternatives;
  if (!first) return { kind: 'json' };
  if (alternatives.length === 1) return controlOfOne(first);
  const choice = alternatives.find((one) => Array.isArray(one.enum));
  if (choice) return { kind: 'choice', options: textsOf(choice.enum), open: true };
  if (alternatives.some(isTexts)) return { kind: 'texts' };
  return { kind: 'json' };
}

/** What it may be, but null, which every setting may be. */
function alternativesOf(schema: JsonObject): JsonObject[] {
  const any = schema.anyOf ?? schema.oneOf;
  const all = Array.isArray(any) ? any.filter(isObject) : [schema];
  return all.filter((one) => one.type !== 'null');
}

function controlOfOne(schema: JsonObject): Control {
  if (Array.isArray(schema.enum)) {
    const options = textsOf(schema.enum);
    return options.length === schema.enum.filter((value) => value !== null).length
      ? { kind: 'choice', options, open: false }
      : { kind: 'json' };
  }
  const types = [schema.type].flat().filter((type) => type !== 'null');
  if (types.length !== 1) return { kind: 'any' };
  switch (types[0]) {
    case 'number':
    case 'integer':
      return { kind: 'number', whole: types[0] === 'integer', from: bound(schema.minimum), to: bound(schema.maximum) };
    case 'boolean':
      return { kind: 'flag' };
    case 'string':
      return { kind: 'text' };
    case 'array':
      return isTexts(schema) ? { kind: 'texts' } : { kind: 'json' };
    case undefined:
      return { kind: 'any' };
    default:
      return { kind: 'json' };
  }
}

const isTexts = ({ type, items }: JsonObject): boolean =>
  type === 'array' && (items === undefined || (isObject(items) && items.type === 'string'));

const textsOf = (values: unknown): string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];

/** A bound that is worth saying: not the end of what a computer counts. */
const bound = (value: unknown): number | null =>
  typeof value === 'number' && Math.abs(value) < 2_147_483_647 ? value : null;

/** Can the control show the value? Else it is shown as JSON. Nothing and null it always can. */
export function shows(control: Control, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  switch (control.kind) {
    case 'number':
      return typeof value === 'number' || isExactNumber(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && control.options.includes(value);
    case 'text':
      return typeof value === 'string';
    case 'texts':
      return Array.isArray(value) && value.every((text) => typeof text === 'string');
    case 'any':
    case 'json':
      return true;
  }
}

/** `From 0 to 2`, `At least 1`; null where every number will do. */
export function rangeInWords({ from, to }: { from: number | null; to: number | null }): string | null {
  if (from !== null && to !== null) return `From ${from} to ${to}`;
  if (from !== null) return `At least ${from}`;
  return to === null ? null : `At most ${to}`;
}

/** Undefined: there is none. Null: it is said to be none. */
export type ParsedNumber<Value> = { value: Value | null | undefined } | { fault: string };

/** The number that a text says, with its unit or without; undefined for none, null for the word. */
export function parseNumber(text: string, whole: boolean, unit = ''): ParsedNumber<number> {
  const trimmed = text.trim();
  const written = (unit && trimmed.endsWith(unit) ? trimmed.slice(0, -unit.length) : trimmed).trim();
  if (written === '') return { value: undefined };
  if (written === 'none') return { value: null };
  const value = Number(withoutCommas(written));
  // A point at the end waits for a digit.
  if (!Number.isFinite(value) || written.endsWith('.'))
    return { fault: whole ? 'A whole number, like 200' : 'A number, like 0.3' };
  if (whole && !Number.isInteger(value)) return { fault: 'A whole number' };
  if (whole && !Number.isSafeInteger(value)) return { fault: 'Too long for a number' };
  return { value };
}

/** The same of a number in JSON, which keeps the digits that JavaScript's would lose: all of a long one, the 0 of 1.0. */
export function parseExactNumber(text: string, whole: boolean): ParsedNumber<number | ExactNumber> {
  const digits = withoutCommas(text.trim());
  const isLong = /^-?\d+$/.test(digits) && !Number.isSafeInteger(Number(digits));
  const isFloat = !whole && /^-?(0|[1-9]\d*)\.0+$/.test(digits);
  return isLong || isFloat ? (parseJson(digits) as ParsedNumber<ExactNumber>) : parseNumber(text, whole);
}

const withoutCommas = (written: string): string =>
  /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(written) ? written.replaceAll(',', '') : written;
