// The one websocket that all subscriptions share: graphql-ws, which subscribes anew by itself, with what the server wants
// of it. A token goes with the first message, and a renewed one in a ping, so that nothing is interrupted. A connection
// that does not answer a ping is given up.

import { type Client, createClient, MessageType, stringifyMessage } from 'graphql-ws';
import type { Connection, ConnectionState } from './connection.ts';
import { isUnauthenticated, unauthenticated } from './errors.ts';
import { bearer, type Tokens } from './token.ts';
import { createWaits } from './waits.ts';

export interface Socket {
  readonly client: Client;
  readonly connection: Connection;
  /** Somebody needs the socket, until the answer is called. */
  need(): () => void;
  /** Waits before the next try, the longer the more have failed; less where something says that it may go well now. */
  pause(failures: number): Promise<void>;
  /** Did the server hang up in a way that trying again does not mend? */
  isRefused(): boolean;
  /** Sends the token as it is now, and finds out whether the server is there. */
  sendToken(): void;
  /** Whoever waits for the next try waits no more. */
  wake(): void;
  close(): void;
}

/** In milliseconds. */
const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 30_000;
const KEEP_ALIVE = 30_000;
const PONG_WITHIN = 5_000;
/** A page that leaves one run for another does not connect anew. */
const LINGER = 5_000;

/** As a websocket's `readyState` says it. */
const OPEN = 1;

const FORBIDDEN = 4403;

/** The protocol was broken, or a message was too big: the same again would be, too. */
const REFUSALS: readonly number[] = [
  1002,
  1003,
  1007,
  1009,
  4004, // The answer was none that the protocol has.
  4400, // Nor was the message.
  4401, // One subscribed before the connection was acknowledged.
  4406, // The protocol is another one.
  4409, // There is a subscription of this id.
  4429, // The connection was initialised twice.
];

export function createSocket(url: string, tokens: Tokens, webSocketImpl?: unknown): Socket {
  const state = createState();
  const { wait, wake } = createWaits();
  let open: WebSocket | null = null;
  let sent: string | null = null;
  let refused: string | null = null;
  let renewed: string | null = null;
  let closeCode = 0;
  let needs = 0;
  let pong: ReturnType<typeof setTimeout> | undefined;

  const client = createClient({
    url,
    webSocketImpl,
    keepAlive: KEEP_ALIVE,
    connectionAckWaitTimeout: 3 * PONG_WITHIN,
    lazyCloseTimeout: LINGER,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (error) => !isUnauthenticated(error),
    retryWait: pause,
    async connectionParams() {
      let token = await tokens.current();
      if (token === null || token === refused) {
        token = await tokens.renew(token, token !== null && token === renewed);
        renewed = token;
      }
      if (token === null) throw unauthenticated();
      sent = token;
      return bearer(token);
    },
    on: {
      connecting: (isAgain) => state.set(isAgain || state.current() === 'lost' ? 'lost' : 'connecting'),
      connected(socket) {
        open = socket as WebSocket;
        closeCode = 0;
        state.set('open');
      },
      ping: (isReceived) => isReceived || expectPong(),
      message: () => clearTimeout(pong),
      error: () => state.set('lost'),
      closed(event) {
        open = null;
        clearTimeout(pong);
        closeCode = (event as CloseEvent).code;
        if (closeCode === FORBIDDEN) refused = sent;
        state.set(needs > 0 ? 'lost' : 'idle');
      },
    },
  });

  function expectPong(): void {
    clearTimeout(pong);
    pong = setTimeout(client.terminate, PONG_WITHIN);
  }

  function pause(failures: number): Promise<void> {
    const isOffline = globalThis.navigator?.onLine === false;
    const longest = isOffline ? LONGEST_PAUSE : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    return wait((longest * (1 + Math.random())) / 2);
  }

  return {
    client,
    connection: { current: state.current, subscribe: state.subscribe },
    need() {
      needs += 1;
      return () => {
        needs -= 1;
        if (needs === 0 && open === null) state.set('idle');
      };
    },
    pause,
    isRefused: () => REFUSALS.includes(closeCode),
    async sendToken() {
      const token = await tokens.current().catch(() => null);
      if (token === null || open?.readyState !== OPEN) return;
      open.send(stringifyMessage({ type: MessageType.Ping, payload: bearer(token) }));
      sent = token;
      expectPong();
    },
    wake,
    close() {
      clearTimeout(pong);
      // It waits for a connection that is being made, which may fail.
      Promise.resolve(client.dispose()).catch(() => {});
      wake();
    },
  };
}

function createState() {
  const listeners = new Set<() => void>();
  let now: ConnectionState = 'idle';
  return {
    current: () => now,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    set(next: ConnectionState) {
      if (next === now) return;
      now = next;
      for (const listener of [...listeners]) listener();
    },
  };
}
