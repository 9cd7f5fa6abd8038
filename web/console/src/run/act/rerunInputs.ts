// The inputs of a run as fields of a form: a text as it is, anything else as JSON.

import { sentValue } from '../../exact/exact.ts';
import { record } from '../stages.ts';

export interface InputField {
  name: string;
  /** What stands in the field. */
  written: string;
  isText: boolean;
}

export function fieldsOfInputs(inputs: unknown): InputField[] {
  return Object.entries(record(inputs)).map(([name, value]) =>
    typeof value === 'string'
      ? { name, written: value, isText: true }
      : { name, written: JSON.stringify(value, null, 2), isText: false },
  );
}

/** The inputs that were written, or what is wrong with a field. */
export function inputsOfFields(fields: readonly InputField[]): {
  inputs: Record<string, unknown>;
  faults: Record<string, string>;
} {
  const inputs: Record<string, unknown> = {};
  const faults: Record<string, string> = {};
  for (const { name, written, isText } of fields) {
    if (isText) {
      inputs[name] = written;
      continue;
    }
    try {
      const read = sentValue(written);
      if ('fault' in read) faults[name] = read.fault;
      else inputs[name] = read.value;
    } catch (error) {
      faults[name] = `This was JSON, and is none now: ${error instanceof Error ? error.message : error}`;
    }
  }
  return { inputs, faults };
}
