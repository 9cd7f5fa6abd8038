import type { FootlightError } from '@footlight/client';

/** What the server refused, at the field that it speaks of; null: at none of them. */
export function refusalsByField(
  errors: readonly FootlightError[],
  names: readonly string[],
): ReadonlyMap<string | null, string> {
  const byField = new Map<string | null, string>();
  for (const error of errors) {
    const field = error.code === 'BAD_USER_INPUT' || error.code === 'LIMIT_EXCEEDED' ? error.field : undefined;
    const name = field?.startsWith('inputs') || field?.startsWith('stages') ? inputNamed(error.message, names) : null;
    byField.set(name, [byField.get(name), error.message].filter(Boolean).join('; '));
  }
  return byField;
}

/** The input that a message speaks of, as templates and paths name it. The longest: `topic` is in `topic_2`, too. */
function inputNamed(message: string, names: readonly string[]): string | null {
  const longestFirst = [...names].sort((one, other) => other.length - one.length);
  return longestFirst.find((name) => message.includes(`{{${name}}}`) || message.includes(`inputs.${name}`)) ?? null;
}
