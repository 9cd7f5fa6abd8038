// urql: its fetch exchange, which also subscribes over HTTP, and its subscription exchange over graphql-ws.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-ws';
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from 'urql';
import WebSocket from 'ws';
import { interrupted } from './support/interruption.mjs';
import { EVENTS, assertWhole } from './support/run.mjs';
import { startServer } from './support/server.mjs';

const ME = '{ me { id fullName } }';

let server;
let token;
before(async () => {
  server = await startServer();
  token = server.token();
});
after(() => server.stop());

const overHttp = (options = {}) =>
  new Client({
    url: server.url,
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { Authorization: `Bearer ${token}` } }),
    exchanges: [cacheExchange, fetchExchange],
    ...options,
  });

function overSocket() {
  const socket = createClient({
    url: server.socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    shouldRetry: () => true,
    retryAttempts: Infinity,
    retryWait: () => new Promise((settle) => setTimeout(settle, 20)),
  });
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => {
      const kept = { ...variables };
      const resuming = {
        ...sink,
        next: (result) => {
          if (result.data) kept.after = result.data.executionEvents.seq;
          sink.next(result);
        },
      };
      return { unsubscribe: socket.subscribe({ query, variables: kept }, resuming) };
    },
  });
  const client = overHttp({
    exchanges: [cacheExchange, subscriptionExchange({ forwardSubscription }), fetchExchange],
  });
  return { client, socket };
}

/** Watches until the run ends, or the stream does; `false` when it broke. */
function watch(client, id, see, after = 0) {
  return new Promise((settle, fail) => {
    const { unsubscribe } = client.subscription(EVENTS, { id, after }).subscribe(({ data, error }) => {
      if (error) return error.networkError ? settle(false) : fail(error);
      see(data.executionEvents);
      if (data.executionEvents.status !== 'COMPLETED') return undefined;
      // The last event may come before `subscribe` has returned.
      queueMicrotask(() => unsubscribe());
      return settle(true);
    });
  });
}

async function assertWatches(client) {
  const events = [];
  const id = await server.run(token, await server.workflow(token, [{}, {}]));
  await watch(client, id, (event) => events.push(event));
  assertWhole(events);
}

for (const preferGetMethod of [false, 'force']) {
  test(`queries and mutations over HTTP, preferGetMethod: ${preferGetMethod}`, async () => {
    const client = overHttp({ preferGetMethod });
    const mutation = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id fullName } }';
    const changed = await client.mutation(mutation, { input: { fullName: `Ada ${preferGetMethod}` } });
    assert.equal(changed.error, undefined);
    const { data, error } = await client.query(ME, {});
    assert.equal(error, undefined);
    assert.deepEqual(data.me, changed.data.updateProfile);
  });
}

test('an error of a field is told with its code', async () => {
  const { error } = await overHttp().mutation('mutation ($id: ID!) { cancelExecution(id: $id) { id } }', {
    id: crypto.randomUUID(),
  });
  assert.equal(error.graphQLErrors[0].extensions.code, 'NOT_FOUND');
  assert.equal(error.networkError, undefined);
});

test('a bad token is told with its code', async () => {
  const client = overHttp({ fetchOptions: { headers: { Authorization: 'Bearer no.such.token' } } });
  const { error } = await client.query(ME, {});
  assert.equal(error.response.status, 401);
});

test('a subscription over a websocket', async () => {
  const { client, socket } = overSocket();
  await assertWatches(client);
  await socket.dispose();
});

test('a subscription over a websocket resumes by its cursor after the server was killed', async () => {
  const { client, socket } = overSocket();
  await interrupted(server, token, (id, see) => watch(client, id, see));
  await socket.dispose();
});

test('a subscription over HTTP', () => assertWatches(overHttp({ fetchSubscriptions: true })));

test('a subscription over HTTP resumes by its cursor after the server was killed', async () => {
  const client = overHttp({ fetchSubscriptions: true });
  await interrupted(server, token, async (id, see, back) => {
    let last = 0;
    const note = (event) => {
      last = event.seq;
      see(event);
    };
    while (!(await watch(client, id, note, last))) await back();
  });
});
