// A run's inputs as a form and as the text of a JSON object, which turn into each other without loss. Values go from
// one text into the other as they are written: no number is read on the way, so none is rounded.

import { sentValue } from '../exact/exact.ts';

export interface InputField {
  readonly name: string;
  /** How `value` is meant: as a text, or as the source of any JSON value. */
  readonly kind: 'text' | 'json';
  /** What stands in the field. With nothing in it the input is left out. */
  readonly value: string;
}

export type Read<Value> = { readonly value: Value } | { readonly fault: string };

/** Does the run get this input? */
export const isGiven = ({ kind, value }: InputField): boolean => (kind === 'text' ? value !== '' : value.trim() !== '');

/** The form with nothing in it. */
export const emptyFields = (names: readonly string[]): InputField[] =>
  names.map((name) => ({ name, kind: 'text', value: '' }));

/** The form as a JSON object, each input in a line of its own; the fault of a field that is no JSON stands in its place. */
export function textOfFields(fields: readonly InputField[]): string {
  const members = fields.filter(isGiven).map(({ name, kind, value }) => {
    const source = kind === 'text' ? JSON.stringify(value) : value.trim();
    return `  ${JSON.stringify(name)}: ${source}`;
  });
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n}`;
}

/** A JSON object as a form: first what the workflow asks for, then what else it gives. */
export function fieldsOfText(text: string, names: readonly string[]): Read<InputField[]> {
  const members = membersOf(text);
  if ('fault' in members) return members;
  const given = new Map(members.value.map(({ name, source }) => [name, fieldOf(name, source)]));
  const asked = emptyFields(names).map((field) => given.get(field.name) ?? field);
  const others = [...given.values()].filter(({ name }) => !names.includes(name));
  return { value: [...asked, ...others] };
}

/** What keeps a field from being sent; null when nothing does. */
export function faultOf(field: InputField): string | null {
  if (field.kind === 'text' || !isGiven(field)) return null;
  const parsed = parse(field.value, sentValue);
  return 'fault' in parsed ? parsed.fault : null;
}

export interface Member {
  name: string;
  /** Its value, as it is written. */
  source: string;
}

/** The members of a JSON object, in their order. */
export function membersOf(text: string): Read<Member[]> {
  const parsed = parse(text);
  if ('fault' in parsed) return parsed;
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'The inputs are one JSON object: { "name": value, … }.' };
  }
  const members = split(text.trim());
  const twice = members.find(({ name }, index) => members.findIndex((other) => other.name === name) !== index);
  return twice ? { fault: `“${twice.name}” stands there twice: leave one of them.` } : { value: members };
}

function parse(text: string, read = (json: string): Read<unknown> => ({ value: JSON.parse(json) })): Read<unknown> {
  try {
    return read(text.trim());
  } catch (error) {
    return { fault: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A string, a bracket, a comma or colon, or what lies between. */
const TOKEN = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[{}[\],:]|[^"{}[\],:]+/g;

/** The members of an object that is known to be JSON, with their values as they are written. */
function split(object: string): Member[] {
  const members: Member[] = [];
  let depth = 0;
  let name: string | null = null;
  let from = 0;
  const end = (at: number) => {
    if (name !== null) members.push({ name, source: object.slice(from, at).trim() });
    name = null;
  };
  for (const { 0: token, index } of object.matchAll(TOKEN)) {
    if (token === '}' || token === ']') depth -= 1;
    if ((token === '}' && depth === 0) || (token === ',' && depth === 1)) end(index);
    if (token === '{' || token === '[') depth += 1;
    if (depth !== 1 || name !== null || !token.startsWith('"')) continue;
    name = JSON.parse(token);
    from = object.indexOf(':', index + token.length) + 1;
  }
  return members;
}

/**
 * A text is shown as it reads. What a text field would change or takes for nothing (line ends of Windows, an empty text)
 * is shown as JSON, and so is everything that is no text.
 */
function fieldOf(name: string, source: string): InputField {
  const value = source.startsWith('"') ? (JSON.parse(source) as string) : '';
  const asText = value !== '' && value.isWellFormed() && !/[\r\0]/.test(value);
  return asText ? { name, kind: 'text', value } : { name, kind: 'json', value: source };
}
