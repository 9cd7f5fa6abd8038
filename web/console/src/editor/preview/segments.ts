// A text that would be sent, in pieces: what the template says, and the values in it.

import { type Grammar, rendered } from '../text/template.ts';
import type { Variable } from './usePreview.ts';

export interface Segment {
  text: string;
  /** The value of which variable it is; null: the template says it. */
  variable: Variable | null;
  /** The placeholder that has no value. */
  isMissing: boolean;
}

/**
 * The pieces of what is `sent`. Where the template does not come to exactly that text, as with numbers that JavaScript
 * writes in another way, it is one piece: what is shown is what is sent.
 */
export function segmentsOf(
  template: string | null,
  sent: string | null,
  grammar: Grammar,
  variables: readonly Variable[],
): Segment[] {
  const byName = new Map([...variables].reverse().map((variable) => [variable.name, variable]));
  if (sent === null) return template === null ? [] : unsent(template, grammar, byName);
  const plain = [{ text: sent, variable: null, isMissing: false }];
  if (template === null) return plain;
  const made = rendered(template, grammar, (name) => textOf(byName.get(name)));
  if (made?.text !== sent) return plain;
  return pieces(
    sent,
    made.values.map(({ from, to, name }) => ({ from, to, variable: byName.get(name) ?? null, isMissing: false })),
  );
}

/** What would be sent if every placeholder had a value: those that have none stand there as they are written. */
function unsent(template: string, grammar: Grammar, byName: ReadonlyMap<string, Variable>): Segment[] {
  const made = rendered(template, grammar, (name) => textOf(byName.get(name)) ?? `{{${name}}}`);
  if (!made) return [];
  const values = made.values.map(({ from, to, name }) => {
    const isMissing = textOf(byName.get(name)) === null;
    return { from, to, variable: isMissing ? null : (byName.get(name) ?? null), isMissing };
  });
  return pieces(made.text, values);
}

interface Value {
  from: number;
  to: number;
  variable: Variable | null;
  isMissing: boolean;
}

function pieces(text: string, values: readonly Value[]): Segment[] {
  const found: Segment[] = [];
  let done = 0;
  for (const { from, to, variable, isMissing } of values) {
    if (from > done) found.push({ text: text.slice(done, from), variable: null, isMissing: false });
    found.push({ text: text.slice(from, to), variable, isMissing });
    done = to;
  }
  if (done < text.length) found.push({ text: text.slice(done), variable: null, isMissing: false });
  return found;
}

/** A string as it is, anything else as compact JSON; null is no value. */
function textOf(variable: Variable | undefined): string | null {
  const value = variable?.value;
  if (value == null) return null;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? null);
}
