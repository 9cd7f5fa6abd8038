import { ApolloClient, InMemoryCache } from '@apollo/client';
import { cachePolicies, createFootlight, type Footlight } from '@footlight/client';
import { heardFetch } from '../exact/answer.ts';
import type { Session } from '../session/session.ts';

export interface Api {
  client: ApolloClient;
  footlight: Footlight;
}

let current: (Api & { userId: string | null }) | null = null;

/**
 * The API with the token of whoever is signed in: queries over HTTP, what is live over one websocket. Another person
 * gets another one, and nothing of the first is left in a cache.
 */
export function apiFor(session: Session): Api {
  const userId = session.userId();
  if (current?.userId === userId) return current;
  const footlight = createFootlight({
    url: new URL('/graphql', window.location.href).href,
    getToken: ({ refused }) => session.token(refused),
    fetch: heardFetch,
    onUnauthenticated: () => (session.refused ?? session.signOut)?.(),
  });
  const client = new ApolloClient({
    link: footlight.link,
    cache: new InMemoryCache(cachePolicies),
    dataMasking: true,
    defaultOptions: {
      watchQuery: {
        fetchPolicy: 'cache-and-network',
        nextFetchPolicy: 'cache-first',
        // Several queries share a list: who reads its count again would throw its items away.
        refetchWritePolicy: 'merge',
      },
    },
  });
  const leave = session.subscribe(() => {
    if (session.userId() === userId) return footlight.tokenRenewed();
    leave();
    footlight.close();
    current = null;
  });
  current = { userId, client, footlight };
  return current;
}
