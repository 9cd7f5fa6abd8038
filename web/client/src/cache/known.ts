import type { ApolloCache, ApolloClient, DocumentNode } from '@apollo/client';

interface Entity {
  readonly __typename: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

/**
 * Writes what an event said of a thing that somebody has read; of what nobody has read nothing is kept. Where it is news
 * the fields that are `stale` by it are dropped: whoever shows them reads them again.
 */
export function writeKnown(
  client: ApolloClient,
  fragment: DocumentNode,
  data: Entity,
  stale: readonly string[] = [],
): void {
  const { cache } = client;
  const id = cache.identify({ __typename: data.__typename, id: data.id });
  if (id === undefined || !isNews(cache, id, data)) return;
  for (const fieldName of stale) cache.evict({ id, fieldName, broadcast: false });
  // The client tells its queries before it returns; the cache by itself would in a task of its own.
  client.writeFragment({ id, fragment, data });
}

/** Does the cache know the thing, and say something else of it? */
function isNews(cache: ApolloCache, id: string, data: Entity): boolean {
  let news = false;
  const look = (known: unknown, { fieldName }: { fieldName: string }) => {
    const told = data[fieldName];
    news ||= told !== undefined && typeof told !== 'object' && told !== known;
    return known;
  };
  cache.modify({ id, fields: look as never, broadcast: false });
  return news;
}
