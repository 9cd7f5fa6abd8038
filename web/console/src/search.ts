/** Reads one word of an address, or says by `undefined` that it is none of those that there are. */
type Reader<Value> = (raw: unknown) => Value | undefined;

export const text: Reader<string> = (raw) => (typeof raw === 'string' && raw !== '' ? raw : undefined);

export const number: Reader<number> = (raw) => (typeof raw === 'number' && Number.isFinite(raw) ? raw : undefined);

export const oneOf =
  <const Word extends string | boolean>(...words: readonly Word[]): Reader<Word> =>
  (raw) =>
    words.find((word) => word === raw);

/**
 * What a route's address may say. Whatever is written there, a page gets what its type says or nothing: the router
 * leaves what nobody has read as it is, so each word is said anew.
 */
export function readSearch<Search extends object>(
  readers: { [Name in keyof Required<Search>]: Reader<Required<Search>[Name]> },
) {
  return (raw: Record<string, unknown>): Search => {
    const read = Object.entries<Reader<unknown>>(readers).map(([name, reader]) => [name, reader(raw[name])]);
    return Object.fromEntries(read) as Search;
  };
}
