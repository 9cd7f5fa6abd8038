// What a page's route begins to read while the page's code comes.

import type { ApolloClient, OperationVariables, TypedDocumentNode } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { getOperationName } from '@apollo/client/utilities/internal';
import { useEffect, useMemo } from 'react';

/** In milliseconds: what was asked within it is as good as asked now. */
const JUST = 5000;

const asked = new WeakMap<ApolloClient, Map<string, number>>();

const keyOf = (query: TypedDocumentNode<unknown, never>, variables: OperationVariables): string =>
  `${getOperationName(query)} ${JSON.stringify(variables)}`;

/** Begins to read what the page will ask for, unless there is something to be shown; what goes wrong the page says. */
export function readAhead<Variables extends OperationVariables>(
  client: ApolloClient,
  query: TypedDocumentNode<unknown, Variables>,
  variables: Variables,
): void {
  if (client.readQuery({ query, variables }) !== null) return;
  const known = asked.get(client) ?? new Map<string, number>();
  asked.set(client, known.set(keyOf(query, variables), Date.now()));
  client.query({ query, variables }).catch(() => {});
}

/** How a page asks for what its route may have read: not once more where that was just now. */
export function usePolicy<Variables extends OperationVariables>(
  query: TypedDocumentNode<unknown, Variables>,
  variables: Variables,
): 'cache-first' | 'cache-and-network' {
  const client = useApolloClient();
  const key = keyOf(query, variables);
  // Whoever comes back to it asks anew.
  useEffect(() => void asked.get(client)?.delete(key), [client, key]);
  return useMemo(() => {
    const at = asked.get(client)?.get(key) ?? Number.NEGATIVE_INFINITY;
    return Date.now() - at < JUST ? 'cache-first' : 'cache-and-network';
  }, [client, key]);
}
