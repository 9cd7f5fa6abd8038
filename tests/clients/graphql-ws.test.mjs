// graphql-ws, the reference client of graphql-transport-ws.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { interrupted } from './support/interruption.mjs';
import { EVENTS, assertWhole } from './support/run.mjs';
import { startServer } from './support/server.mjs';

let server;
let token;
before(async () => {
  server = await startServer();
  token = server.token();
});
after(() => server.stop());

const connect = (options = {}) =>
  createClient({
    url: server.socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    ...options,
  });

/** How the server closed the client's socket. */
const closed = (client) => new Promise((settle) => client.on('closed', settle));

async function all(results) {
  const found = [];
  for await (const result of results) found.push(result);
  return found;
}

test('queries, mutations and subscriptions run over one socket', async () => {
  const client = connect();
  const workflow = await server.workflow(token, [{}, {}]);
  const [{ data }] = await all(
    client.iterate({
      query: 'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }',
      variables: { input: { workflowId: workflow } },
    }),
  );
  const id = data.startExecution.id;
  const events = await all(client.iterate({ query: EVENTS, variables: { id } }));
  assertWhole(events.map(({ data }) => data.executionEvents));
  const [{ data: read }] = await all(
    client.iterate({ query: 'query ($id: ID!) { execution(id: $id) { status } }', variables: { id } }),
  );
  assert.equal(read.execution.status, 'COMPLETED');
  await client.dispose();
});

test('a watcher resumes by its cursor after the server was killed', async () => {
  const client = connect({ shouldRetry: () => true, retryAttempts: 100, retryWait: () => Promise.resolve() });
  await interrupted(server, token, async (id, see) => {
    const variables = { id, after: 0 };
    for await (const { data } of client.iterate({ query: EVENTS, variables })) {
      variables.after = data.executionEvents.seq;
      see(data.executionEvents);
    }
  });
  await client.dispose();
});

test('pings are answered', async () => {
  const client = connect({ lazy: false, keepAlive: 10 });
  const [received, payload] = await new Promise((settle) => client.on('pong', (...pong) => settle(pong)));
  assert.deepEqual([received, payload], [true, undefined]);
  await client.dispose();
});

const SUBSCRIBE = { type: 'subscribe', id: '1', payload: { query: 'subscription { executionStatusChanged { seq } }' } };

for (const [code, words, ...messages] of [
  [4400, 'what is no message', { type: 'hello' }],
  [4409, 'an id that is in use', SUBSCRIBE, SUBSCRIBE],
  [4429, 'a second connection_init', { type: 'connection_init' }],
]) {
  test(`${words} closes with ${code}`, async () => {
    const client = connect({ lazy: false, retryAttempts: 0, onNonLazyError: () => {} });
    const closing = closed(client);
    const socket = await new Promise((settle) => client.on('connected', settle));
    for (const message of messages) socket.send(JSON.stringify(message));
    assert.equal((await closing).code, code);
    await client.dispose();
  });
}

test('a token that is not believed closes with 4403', async () => {
  const client = connect({ connectionParams: { Authorization: 'Bearer no.such.token' }, retryAttempts: 0 });
  const closing = closed(client);
  await assert.rejects(all(client.iterate({ query: '{ me { id } }' })));
  assert.equal((await closing).code, 4403);
});

test('a fresh token in a ping keeps the socket beyond the first one', async () => {
  const user = crypto.randomUUID();
  const expiring = (options) =>
    connect({
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => {},
      connectionParams: { Authorization: `Bearer ${server.token({ user, seconds: 3 })}` },
      ...options,
    });
  const left = expiring({});
  const refreshed = expiring({});
  const socket = await new Promise((settle) => refreshed.on('connected', settle));
  socket.send(
    JSON.stringify({ type: 'ping', payload: { Authorization: `Bearer ${server.token({ user })}` } }),
  );
  assert.equal((await closed(left)).code, 4403);
  const [{ data }] = await all(refreshed.iterate({ query: '{ me { id } }' }));
  assert.equal(data.me.id, user);
  await refreshed.dispose();
});
