/** Something with a name, as a row of a form: JSON keeps them as an object, in which a name stands once. */
export interface Named<Value> {
  name: string;
  value: Value;
}

/** The name under which each row is kept: the second of one name gets a number, so that nothing is lost. */
export function keptNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const kept = freeName(name, taken);
    taken.add(kept);
    return kept;
  });
}

/** The name, or it with the first number that is free. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}_${number}`)) number += 1;
  return `${name}_${number}`;
}

/** The rows as an object; null where there is none. */
export function objectOf(rows: readonly Named<unknown>[]): Record<string, unknown> | null {
  if (rows.length === 0) return null;
  const names = keptNames(rows.map(({ name }) => name));
  return Object.fromEntries(rows.map(({ value }, index) => [names[index], value]));
}

/** What to say of a row whose name another one has already. */
export function twinFault(names: readonly string[], index: number): string | null {
  const name = names[index];
  if (name === undefined || names.indexOf(name) === index) return null;
  return `Another one is called ${name || 'nothing, too'}: this one is kept as ${keptNames(names)[index]}`;
}
