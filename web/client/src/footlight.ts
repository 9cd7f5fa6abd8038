import { ApolloLink } from '@apollo/client';
import { BaseHttpLink } from '@apollo/client/link/http';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import type { Connection } from './connection.ts';
import { authorized } from './link/authorized.ts';
import { framed } from './link/framed.ts';
import { persistent } from './link/persistent.ts';
import { resume } from './link/resume.ts';
import { createSocket } from './socket.ts';
import { createTokens, type TokenRequest } from './token.ts';

export interface FootlightOptions {
  /** Where the server answers over HTTP: `https://host/graphql`, or `/graphql` of the page's own. */
  url: string;
  /**
   * The access token as it is now; null for nobody. Where the server refused the one that was given, it is asked for
   * another: whoever trusts the clock here may think that it is still good. Throws when there is no telling just now.
   */
  getToken: (request: TokenRequest) => string | null | Promise<string | null>;
  /** Where it listens for websockets; `url` with `/ws` when left out. */
  webSocketUrl?: string;
  /** The class of websockets, where there is none in the globals: in Node 20 that of `ws`. */
  webSocketImpl?: unknown;
  /** What is called in the place of the global `fetch`. Of an operation it is given the context's `fetchOptions`, too. */
  fetch?: typeof fetch;
  /** Is called when the server believes the token no more, and there is no renewed one, or it is not believed either. */
  onUnauthenticated?: () => void;
}

export interface Footlight {
  /** For `new ApolloClient({ link, cache: new InMemoryCache(cachePolicies) })`. */
  readonly link: ApolloLink;
  readonly connection: Connection;
  /** Tells the server of a renewed token at once, over the socket that is open. */
  tokenRenewed(): void;
  /** Ends every subscription, and listens to nothing any more. */
  close(): void;
}

export function createFootlight(options: FootlightOptions): Footlight {
  const tokens = createTokens(options);
  const socket = createSocket(options.webSocketUrl ?? webSocketUrl(options.url), tokens, options.webSocketImpl);
  const listening = new AbortController();

  function tokenRenewed(): void {
    tokens.renewed();
    socket.sendToken();
    socket.wake();
  }

  function listen(): void {
    const { signal } = listening;
    globalThis.addEventListener?.('online', tokenRenewed, { signal });
    // The socket may be gone without a word: the ping finds out.
    globalThis.addEventListener?.('offline', socket.sendToken, { signal });
    const isShown = () => document.visibilityState === 'visible';
    globalThis.document?.addEventListener('visibilitychange', () => isShown() && tokenRenewed(), { signal });
  }

  listen();
  return {
    link: framed().split(
      ({ operationType }) => operationType === 'subscription',
      ApolloLink.from([resume(), persistent(socket), new GraphQLWsLink(socket.client)]),
      ApolloLink.from([authorized(tokens), new BaseHttpLink({ ...options, uri: options.url })]),
    ),
    connection: socket.connection,
    tokenRenewed,
    close() {
      listening.abort();
      socket.close();
    },
  };
}

function webSocketUrl(url: string): string {
  const { href } = new URL(url, globalThis.location?.href);
  return `${href.replace(/^http/, 'ws').replace(/\/$/, '')}/ws`;
}
