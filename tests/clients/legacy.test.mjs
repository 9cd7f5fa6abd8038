// subscriptions-transport-ws, Apollo's retired client of the legacy subprotocol `graphql-ws`.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, test } from 'node:test';
import { SubscriptionClient } from 'subscriptions-transport-ws/dist/client.js';
import WebSocket from 'ws';
import { EVENTS, assertWhole } from './support/run.mjs';
import { startServer } from './support/server.mjs';

let server;
let token;
before(async () => {
  server = await startServer();
  token = server.token();
});
after(() => server.stop());

/** Tells `heard` of every message by its type and id. */
function connect(authToken, options = {}, heard = new EventEmitter()) {
  class Noting extends WebSocket {
    constructor(...words) {
      super(...words);
      this.on('message', (text) => {
        const { type, id } = JSON.parse(text);
        heard.emit(`${type} ${id}`);
      });
    }
  }
  return new SubscriptionClient(server.socketUrl, { connectionParams: { authToken }, ...options }, Noting);
}

const all = (operation) =>
  new Promise((settle, fail) => {
    const found = [];
    operation.subscribe({ next: (result) => found.push(result), error: fail, complete: () => settle(found) });
  });

test('queries and subscriptions run to their end', async () => {
  const client = connect(token);
  const [{ data }] = await all(client.request({ query: '{ me { id } }' }));
  assert.match(data.me.id, /^[0-9a-f-]{36}$/);
  const id = await server.run(token, await server.workflow(token, [{}, {}]));
  const events = await all(client.request({ query: EVENTS, variables: { id } }));
  assertWhole(events.map(({ data }) => data.executionEvents));
  client.close();
});

test('a refused document is an error of its operation alone', async () => {
  const client = connect(token);
  await assert.rejects(all(client.request({ query: '{ nothing }' })), { message: /nothing/ });
  const [{ data }] = await all(client.request({ query: '{ me { id } }' }));
  assert.ok(data.me);
  client.close();
});

test('an operation that is stopped ends at once, and the others go on', async () => {
  let speak;
  const silence = new Promise((settle) => (speak = settle));
  server.provider.pace = () => silence;
  const id = await server.run(token, await server.workflow(token, [{}, {}]));
  const watching = { query: EVENTS, variables: { id } };
  const heard = new EventEmitter();
  const client = connect(token, {}, heard);
  const whole = all(client.request(watching));
  const { unsubscribe } = client.request(watching).subscribe({});
  await once(heard, 'data 2');
  const stopped = once(heard, 'complete 2');
  unsubscribe();
  await stopped;
  heard.on('data 2', () => assert.fail('data came after the end'));
  speak();
  assertWhole((await whole).map(({ data }) => data.executionEvents));
  server.provider.pace = async () => {};
  client.close();
});

test('a token that is not believed is a connection error', async () => {
  let client;
  const error = await new Promise((settle) => {
    client = connect('no.such.token', { connectionCallback: settle });
  });
  assert.equal(error.message, 'Forbidden');
  client.close();
});
