interface Node {
  id: string;
}

/**
 * The newest of the list as the server says it now, and behind them what is known of the rest. `isAll` says that there
 * are no others.
 */
export function headed<Known extends Node>(known: readonly Known[], head: readonly Known[], isAll: boolean): Known[] {
  const heads = new Set(head.map(({ id }) => id));
  const last = known.findLastIndex(({ id }) => heads.has(id));
  // Nothing in common: the list begins anew, for what lies between is not known.
  return isAll || last === -1 ? [...head] : [...head, ...known.slice(last + 1)];
}

/** How many of the newest are not in the list yet. */
export function countNew(known: readonly Node[], head: readonly Node[]): number {
  const ids = new Set(known.map(({ id }) => id));
  return head.filter(({ id }) => !ids.has(id)).length;
}
