import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { RunsBetweenDocument } from './RunsBetween.generated.ts';
import { isSought, type SoughtId, soughtId, timeOf } from './soughtId.ts';

/** Of a minute in which more runs began than these pages hold, only the last are looked at. */
const PAGES = 10;

/** The runs whose id is written so: those in the list, and those that the server knows. Null until all are known. */
export function useFoundRuns(text: string, listed: readonly string[]): readonly string[] | null {
  const client = useApolloClient();
  const [found, setFound] = useState<{ text: string; ids: readonly string[] } | null>(null);
  useEffect(() => {
    const sought = soughtId(text);
    if (!sought) return;
    let isWanted = true;
    askedFor(client, sought)
      .catch(() => [])
      .then((ids) => isWanted && setFound({ text, ids }));
    return () => {
      isWanted = false;
    };
  }, [client, text]);
  const sought = soughtId(text);
  if (!sought || found?.text !== text) return null;
  return [...new Set([...listed.filter((id) => isSought(id, sought)), ...found.ids])];
}

/** The server takes only whole ids. But their first digits are a time, and it tells which runs began then. */
async function askedFor(client: ApolloClient, sought: SoughtId): Promise<string[]> {
  const time = timeOf(sought, Date.now());
  const found: string[] = [];
  let after: string | null = null;
  for (let page = 0; time && page < PAGES; page += 1) {
    const variables: { after: string | null } & typeof time = { ...time, after };
    const { data } = await client.query({ query: RunsBetweenDocument, variables, fetchPolicy: 'network-only' });
    if (!data) return found;
    const { nodes, pageInfo } = data.executions;
    found.push(...nodes.map(({ id }) => id).filter((id) => isSought(id, sought)));
    if (!pageInfo.hasNextPage) return found;
    after = pageInfo.endCursor;
  }
  return found;
}
