// Sends GraphiQL's operations: queries and mutations over HTTP, subscriptions over the websocket. Whatever goes
// wrong becomes an answer with `errors`, because GraphiQL prints a thrown error with its minified stack.

import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';
import { createTranscript } from './transcript.js';

/** Close codes by which the server refuses a token, or ends a connection whose token has expired. */
const REFUSED = [4401, 4403];

/**
 * `token`, when it is not empty, signs in where the Headers tab names no Authorization. `notify` is told 'refused', 'unreachable',
 * 'reconnecting', or null once things are well.
 */
export function createFetcher({ token, notify }) {
  // What the latest operation signed in with: a socket that has to connect again uses it too.
  let authorization = '';
  let lastClose = null;
  let watching = 0;

  const url = new URL('graphql', document.baseURI).href;
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/ws`,
    lazy: true,
    keepAlive: 15_000,
    retryAttempts: 8,
    connectionParams: () => (authorization ? { Authorization: authorization } : {}),
    shouldRetry: (reason) => !REFUSED.includes(reason?.code),
    on: {
      connected: () => notify(null),
      closed: (event) => {
        lastClose = event;
        if (watching > 0 && !REFUSED.includes(event.code)) notify('reconnecting');
      },
    },
  });

  const inspect = (result) => {
    const codes = (result?.errors ?? []).map((error) => error.extensions?.code);
    notify(codes.includes('UNAUTHENTICATED') ? 'refused' : codes.includes('UNREACHABLE') ? 'unreachable' : null);
    return result;
  };

  return (params, options) => {
    const headers = withToken(options?.headers ?? {}, token);
    authorization = authorizationOf(headers) ?? '';
    const operation = options?.documentAST && getOperationAST(options.documentAST, params.operationName);
    if (operation?.operation !== 'subscription') return ask(url, params, headers).then(inspect);
    watching += 1;
    return followed(socket.iterate(params), inspect, {
      explain: (error) => describe(error, lastClose),
      ended: () => (watching -= 1),
    });
  };
}

/** The headers of the Headers tab, signed in with `token` unless they say how to sign in themselves. */
function withToken(headers, token) {
  return token && authorizationOf(headers) === undefined ? { ...headers, Authorization: `Bearer ${token}` } : headers;
}

function authorizationOf(headers) {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
}

/** An operation's answer over HTTP, or what came in its place. */
async function ask(url, params, headers) {
  try {
    const response = await window.fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(params),
    });
    const text = await response.text();
    return parsed(text) ?? failure('NOT_JSON', `the server answered ${response.status}: ${text.slice(0, 500)}`);
  } catch (error) {
    return failure('UNREACHABLE', `no answer from the server: ${error.message}`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function failure(code, message) {
  return { errors: [{ message, extensions: { code } }] };
}

/** What ended a subscription: the errors of the operation, or the way the socket was closed. */
function describe(error, close) {
  if (Array.isArray(error)) return { errors: error };
  if (REFUSED.includes(close?.code)) {
    return failure('UNAUTHENTICATED', 'the access token has expired or is not accepted');
  }
  if (close?.code === 1006) return failure('UNREACHABLE', 'the live connection to the server was lost');
  return failure('CONNECTION_CLOSED', error?.message ?? 'the live connection was closed');
}

/**
 * The subscription's events with those before them. Not an async generator: its `return` would wait for the next
 * event, and GraphiQL's stop button with it.
 */
export function followed(events, inspect, { explain, ended }) {
  const transcript = createTranscript();
  let over = false;
  const end = () => {
    if (!over) ended();
    over = true;
  };
  const iterator = {
    async next() {
      while (!over) {
        try {
          const { done, value } = await events.next();
          if (done) break;
          const shown = transcript.add(inspect(value));
          if (shown) return { done: false, value: shown };
        } catch (error) {
          end();
          return { done: false, value: transcript.add(inspect(explain(error))) };
        }
      }
      end();
      return { done: true, value: undefined };
    },
    return: () => {
      end();
      return events.return();
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
