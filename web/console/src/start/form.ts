// What the form of a start holds, and what can be done to it. While the inputs are written as one JSON object, its text
// is what counts; the fields are what it said when it last was JSON.

import { emptyFields, faultOf, fieldsOfText, type InputField, isGiven, textOfFields } from './inputs.ts';

export interface Form {
  readonly fields: readonly InputField[];
  /** The inputs as one text; null: they stand in fields. */
  readonly text: string | null;
}

export const asFields = (fields: readonly InputField[]): Form => ({ fields, text: null });

/** With a field for everything that the workflow asks for by now, in its order. */
export function fitted(form: Form, names: readonly string[]): Form {
  const has = (name: string) => form.fields.find((field) => field.name === name);
  const asked = emptyFields(names).map((field) => has(field.name) ?? field);
  const others = form.fields.filter((field) => !names.includes(field.name) && isGiven(field));
  return { ...form, fields: [...asked, ...others] };
}

/** Another text, or another way to read it, in one field. */
export function withField(form: Form, name: string, change: Partial<Omit<InputField, 'name'>>): Form {
  return { ...form, fields: form.fields.map((field) => (field.name === name ? { ...field, ...change } : field)) };
}

/** Without an input that the workflow does not ask for. */
export const withoutField = (form: Form, name: string): Form => ({
  ...form,
  fields: form.fields.filter((field) => field.name !== name),
});

export const toText = ({ fields }: Form): Form => ({ fields, text: textOfFields(fields) });

export function withText(form: Form, text: string, names: readonly string[]): Form {
  const read = fieldsOfText(text, names);
  return { fields: 'value' in read ? read.value : form.fields, text };
}

/** All of the form as the object that a start takes; or what is wrong, by the field, null for the text as a whole. */
export function inputsText(
  form: Form,
  names: readonly string[],
): { text: string } | { faults: ReadonlyMap<string | null, string> } {
  const text = form.text ?? textOfFields(form.fields);
  const ofFields = form.text === null ? form.fields.flatMap((field) => faultPair(field)) : [];
  if (ofFields.length > 0) return { faults: new Map(ofFields) };
  const read = fieldsOfText(text, names);
  return 'fault' in read ? { faults: new Map([[null, read.fault]]) } : { text };
}

/** The inputs that have something in them. */
export const givenNames = ({ fields }: Form): ReadonlySet<string> =>
  new Set(fields.filter(isGiven).map(({ name }) => name));

function faultPair(field: InputField): [string, string][] {
  const fault = faultOf(field);
  return fault === null ? [] : [[field.name, fault]];
}

/** Is a pasted text a whole set of inputs? Then it is offered to fill all fields with it. */
export function wholeOf(pasted: string, names: readonly string[]): InputField[] | null {
  if (!pasted.trimStart().startsWith('{')) return null;
  const read = fieldsOfText(pasted, names);
  if ('fault' in read) return null;
  const isKnown = names.length === 0 || read.value.some(({ name, value }) => names.includes(name) && value !== '');
  return isKnown ? read.value : null;
}
