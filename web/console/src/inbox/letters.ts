import type { InboxItem } from '@footlight/client/react';

/** What became of a letter that waits no more. */
export interface Fate {
  result: 'PASS' | 'FAIL' | 'CANCELLED' | 'DELETED';
  at: string | null;
  isMine: boolean;
}

export interface Letter {
  item: InboxItem;
  /** Null while it waits. */
  fate: Fate | null;
}

/** What waits, and what was decided since the page was opened, each where it was: nothing moves under who reads. */
export function lettersOf(
  waiting: readonly InboxItem[],
  seen: ReadonlyMap<string, InboxItem>,
  fates: ReadonlyMap<string, Fate>,
): Letter[] {
  const all = new Map(seen);
  for (const item of waiting) all.set(item.id, item);
  return [...all.values()].sort(byAge).map((item) => ({ item, fate: fates.get(item.id) ?? null }));
}

/** What is known of a letter's fate by now: that I decided it myself stays, whatever the server says of it later. */
export function withFate(fates: ReadonlyMap<string, Fate>, id: string, fate: Fate): ReadonlyMap<string, Fate> {
  return fates.get(id)?.isMine ? fates : new Map(fates).set(id, fate);
}

/** Since when it waits. */
export const since = ({ answeredAt, executedAt }: InboxItem): string => answeredAt ?? executedAt;

const byAge = (one: InboxItem, other: InboxItem) =>
  since(one).localeCompare(since(other)) || one.id.localeCompare(other.id);

/** The letter that comes after this one and still waits; failing that the first that does. */
export function nextWaiting(letters: readonly Letter[], id: string): Letter | null {
  const at = letters.findIndex(({ item }) => item.id === id);
  const others = letters.filter(({ item, fate }) => item.id !== id && fate === null);
  return others.find((letter) => letters.indexOf(letter) > at) ?? others[0] ?? null;
}

/** Which of those that wait this one is; null where it waits no more. */
export function placeOf(letters: readonly Letter[], id: string): number | null {
  const at = letters.filter(({ fate }) => fate === null).findIndex(({ item }) => item.id === id);
  return at === -1 ? null : at + 1;
}

/** The letter so many steps further that still waits. */
export function walked(letters: readonly Letter[], id: string | undefined, step: 1 | -1): Letter | null {
  const at = letters.findIndex(({ item }) => item.id === id);
  const rest = step === 1 ? letters.slice(at + 1) : letters.slice(0, Math.max(at, 0)).reverse();
  return rest.find(({ fate }) => fate === null) ?? null;
}
