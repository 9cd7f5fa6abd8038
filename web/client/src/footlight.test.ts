// @vitest-environment jsdom
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFootlight, type Footlight } from './footlight.ts';

/** A socket whose other end lets everybody in, and answers no ping. */
class ScriptedSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static all: ScriptedSocket[] = [];
  static isDown = false;

  readonly sent: { type: string; payload?: { Authorization?: string } }[] = [];
  readonly url: string;
  readyState = 0;
  onopen: () => void = () => {};
  onmessage: (event: { data: string }) => void = () => {};
  onclose: (event: object) => void = () => {};
  onerror: (event: object) => void = () => {};

  constructor(url: string) {
    super();
    this.url = url;
    ScriptedSocket.all.push(this);
    setTimeout(() => (ScriptedSocket.isDown ? this.break() : this.open()));
  }

  open(): void {
    this.readyState = ScriptedSocket.OPEN;
    this.onopen();
  }

  break(): void {
    this.readyState = ScriptedSocket.CLOSED;
    this.onclose?.({ code: 1006, reason: '' });
  }

  send(text: string): void {
    const message = JSON.parse(text);
    this.sent.push(message);
    if (message.type === 'connection_init') setTimeout(() => this.onmessage({ data: '{"type":"connection_ack"}' }));
  }

  close(code: number): void {
    this.readyState = ScriptedSocket.CLOSED;
    // The other end takes its time, and this one has gone on meanwhile.
    setTimeout(() => this.onclose?.({ code, reason: '' }), 1000);
  }
}

let token = 'first';
let getToken: () => string | Promise<string>;
let footlight: Footlight;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', ScriptedSocket);
  ScriptedSocket.all = [];
  ScriptedSocket.isDown = false;
  token = 'first';
  getToken = () => token;
  footlight = createFootlight({ url: '/graphql', getToken: () => getToken() });
  const client = new ApolloClient({ link: footlight.link, cache: new InMemoryCache() });
  const query = gql('subscription { executionStatusChanged { seq } }');
  client.subscribe({ query, fetchPolicy: 'no-cache' }).subscribe({});
});
afterEach(() => {
  footlight.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const pingsOf = (socket: ScriptedSocket | undefined) =>
  socket?.sent.filter(({ type }) => type === 'ping').map(({ payload }) => payload?.Authorization);

test('the socket is beside the address of the page, and sends the token as it is then', async () => {
  await vi.advanceTimersByTimeAsync(10);
  const [socket] = ScriptedSocket.all;
  expect(socket?.url).toBe(`${location.origin.replace('http', 'ws')}/graphql/ws`);
  expect(socket?.sent[0]).toEqual({ type: 'connection_init', payload: { Authorization: 'Bearer first' } });
  expect(footlight.connection.current()).toBe('open');
});

test.each(['online', 'visibilitychange', 'renewed'])('%s: the token goes over the open socket', async (what) => {
  await vi.advanceTimersByTimeAsync(10);
  token = 'second';
  if (what === 'renewed') footlight.tokenRenewed();
  else if (what === 'online') window.dispatchEvent(new Event('online'));
  else document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(10);
  expect(ScriptedSocket.all.length).toBe(1);
  expect(pingsOf(ScriptedSocket.all[0])).toEqual(['Bearer second']);
});

test('a socket that answers no ping is given up', async () => {
  await vi.advanceTimersByTimeAsync(10);
  footlight.tokenRenewed();
  await vi.advanceTimersByTimeAsync(4900);
  expect(footlight.connection.current()).toBe('open');
  await vi.advanceTimersByTimeAsync(200);
  expect(footlight.connection.current()).toBe('lost');
});

test('it tries for ever, at longer and longer intervals, and at once when the machine is online again', async () => {
  await vi.advanceTimersByTimeAsync(10);
  ScriptedSocket.isDown = true;
  ScriptedSocket.all[0]?.break();
  await vi.advanceTimersByTimeAsync(3600_000);
  const tries = ScriptedSocket.all.length;
  // Once in 15 to 30 seconds.
  expect(tries).toBeGreaterThan(120);
  expect(tries).toBeLessThan(260);
  expect(footlight.connection.current()).toBe('lost');
  await vi.advanceTimersByTimeAsync(1000);
  ScriptedSocket.isDown = false;
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(10);
  expect(footlight.connection.current()).toBe('open');
});

test('a token that cannot be had just now is asked for again', async () => {
  getToken = () => Promise.reject(new Error('the session cannot be renewed without a network'));
  await vi.advanceTimersByTimeAsync(5000);
  expect(footlight.connection.current()).toBe('lost');
  getToken = () => token;
  await vi.advanceTimersByTimeAsync(31_000);
  expect(footlight.connection.current()).toBe('open');
});

test('a `fetch` that is given is called in the place of the global one, with what the context has for it', async () => {
  const given = vi.fn(async (_: unknown, __?: RequestInit) => new Response('{"data":{"me":null}}'));
  const { link, close } = createFootlight({ url: '/graphql', getToken: () => token, fetch: given });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const asked = client.query({ query: gql('{ me { id } }'), context: { fetchOptions: { keepalive: true } } });
  await vi.advanceTimersByTimeAsync(100);
  expect((await asked).data).toEqual({ me: null });
  expect(given).toHaveBeenCalledWith('/graphql', expect.objectContaining({ method: 'POST', keepalive: true }));
  close();
});

test('a page that is closed listens to nothing any more', async () => {
  await vi.advanceTimersByTimeAsync(10);
  footlight.close();
  window.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(10);
  expect(pingsOf(ScriptedSocket.all[0])).toEqual([]);
});
