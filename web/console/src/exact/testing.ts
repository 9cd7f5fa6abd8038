import { ApolloClient, InMemoryCache } from '@apollo/client';
import { BaseHttpLink } from '@apollo/client/link/http';
import { heardFetch } from './answer.ts';

/** A client that asks whatever `fetch` is then. */
export const fetchingClient = (): ApolloClient =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: new BaseHttpLink({ uri: 'http://localhost/graphql', fetch: heardFetch }),
  });
