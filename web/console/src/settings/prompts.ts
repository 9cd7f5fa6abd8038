export interface Prompt {
  id: string;
  name: string;
  prompt: string;
}

/** One that is new has no id. */
export type Written = Omit<Prompt, 'id'> & { id?: string };

/** The list with it in its place; at the end, where it is new or was deleted meanwhile. */
export function withPrompt(now: readonly Prompt[], written: Written): Written[] {
  const isThere = now.some(({ id }) => id === written.id);
  return isThere ? now.map((one) => (one.id === written.id ? written : one)) : [...now, written];
}

/** What the server takes: nothing of what it was read with but these. */
export const toInput = (list: readonly Written[]): Written[] =>
  list.map(({ id, name, prompt }) => ({ ...(id ? { id } : {}), name, prompt }));
