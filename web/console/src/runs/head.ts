/**
 * The newest of the list as the server says it now, and behind them what is known of the rest. `isAll` says that there
 * are no others.
 */
export function headed(known: readonly string[], head: readonly string[], isAll: boolean): readonly string[] {
  const heads = new Set(head);
  const last = known.findLastIndex((id) => heads.has(id));
  // Nothing in common: the list begins anew, for what lies between is not known.
  return isAll || last === -1 ? head : [...head, ...known.slice(last + 1)];
}

/** How many of the newest are not in the list yet. */
export function countNew(known: readonly string[], head: readonly string[]): number {
  const ids = new Set(known);
  return head.filter((id) => !ids.has(id)).length;
}
