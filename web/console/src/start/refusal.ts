import type { FootlightError } from '@footlight/client';

/** What the server refused, at the field that it speaks of, of a field that is empty in the words of the form; null: at none of them. */
export function refusalsByField(
  errors: readonly FootlightError[],
  names: readonly string[],
  given: ReadonlySet<string>,
): ReadonlyMap<string | null, string> {
  const byField = new Map<string | null, string>();
  for (const error of errors) {
    const field = error.code === 'BAD_USER_INPUT' || error.code === 'LIMIT_EXCEEDED' ? error.field : undefined;
    const name = field?.startsWith('inputs') || field?.startsWith('stages') ? inputNamed(error.message, names) : null;
    const said = name === null || given.has(name) ? error.message : asEmpty(name, error.message);
    byField.set(name, [byField.get(name), said].filter(Boolean).join('; '));
  }
  return byField;
}

const MISSING = /^(stage \d+)(?: \((.+)\))?: \S+ (?:uses|reads) .+ the inputs:/s;

/** The server speaks of templates and mappings; here the field only waits to be written. */
function asEmpty(name: string, message: string): string {
  const [, stage, title] = message.match(MISSING) ?? [];
  if (!stage) return message;
  return `Write “${name}” first: ${stage}${title ? `, ${title},` : ''} reads it.`;
}

/** The input that a message speaks of, as templates and paths name it. The longest: `topic` is in `topic_2`, too. */
function inputNamed(message: string, names: readonly string[]): string | null {
  const longestFirst = [...names].sort((one, other) => other.length - one.length);
  return longestFirst.find((name) => message.includes(`{{${name}}}`) || message.includes(`inputs.${name}`)) ?? null;
}
