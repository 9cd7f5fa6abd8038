// The README's example of watching with graphql-ws; that of Apollo Client is in apollo.test.mjs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { interrupted } from './support/interruption.mjs';
import { example } from './support/readme.mjs';
import { startServer } from './support/server.mjs';

let server;
before(async () => {
  // What Node has from version 22 on.
  globalThis.WebSocket ??= WebSocket;
  server = await startServer();
});
after(() => server.stop());

test('the example with graphql-ws shows a run to its end, though the server is killed meanwhile', async () => {
  const token = server.token();
  let read;
  const reading = new Promise((settle) => (read = settle));
  const watch = async (id, see) => {
    const log = (event) => (event.text === undefined ? see(event) : read(event));
    const given = { createClient, token, id, console: { log } };
    const { client } = await example('With `graphql-ws`', server, given, ['client']);
    await client.dispose();
  };
  await interrupted(server, token, watch, reading);
  assert.equal((await reading).offset, 0);
});
