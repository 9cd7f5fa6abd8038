import type { ApolloCache, DocumentNode, Reference } from '@apollo/client';

interface Entity {
  readonly __typename: string;
  readonly id: string;
}

/** Writes what an event said of a thing that somebody has read; of what nobody has read, nothing is kept. */
export function writeKnown(cache: ApolloCache, fragment: DocumentNode, data: Entity): void {
  const id = cache.identify({ __typename: data.__typename, id: data.id });
  if (id !== undefined && isKnown(cache, id)) cache.writeFragment({ id, fragment, data });
}

/** These fields of it are stale now: whoever shows them reads them again. */
export function forget(cache: ApolloCache, entity: Entity, fieldNames: readonly string[]): void {
  const id = cache.identify({ __typename: entity.__typename, id: entity.id });
  if (id === undefined || !isKnown(cache, id)) return;
  for (const fieldName of fieldNames) cache.evict({ id, fieldName, broadcast: false });
}

function isKnown(cache: ApolloCache, id: string): boolean {
  let known = false;
  const look = (value: Reference | string) => {
    known = true;
    return value;
  };
  cache.modify({ id, fields: { __typename: look }, broadcast: false });
  return known;
}
