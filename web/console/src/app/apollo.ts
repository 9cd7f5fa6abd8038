import { ApolloClient, InMemoryCache } from '@apollo/client';
import { cachePolicies, createFootlight, type Footlight } from '@footlight/client';
import type { Session } from '../session/session.ts';

export interface Api {
  client: ApolloClient;
  footlight: Footlight;
}

/** The API with the person's token: queries over HTTP, what is live over one websocket. */
export function connect(session: Session): Api {
  const footlight = createFootlight({
    url: new URL('/graphql', window.location.href).href,
    getToken: () => session.token(),
  });
  session.subscribe(() => footlight.tokenRenewed());
  const client = new ApolloClient({
    link: footlight.link,
    cache: new InMemoryCache(cachePolicies),
    dataMasking: true,
    defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network', nextFetchPolicy: 'cache-first' } },
  });
  return { client, footlight };
}
