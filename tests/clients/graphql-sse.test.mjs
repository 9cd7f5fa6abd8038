// graphql-sse in its distinct connections mode.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-sse';
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
  createClient({ url: server.url, headers: () => ({ Authorization: `Bearer ${token}` }), ...options });

async function all(results) {
  const found = [];
  for await (const result of results) found.push(result);
  return found;
}

test('a query is one answer, a subscription all of a run', async () => {
  const client = connect();
  const [{ data }] = await all(client.iterate({ query: '{ me { id } }' }));
  assert.match(data.me.id, /^[0-9a-f-]{36}$/);
  const id = await server.run(token, await server.workflow(token, [{}, {}]));
  const events = await all(client.iterate({ query: EVENTS, variables: { id } }));
  assertWhole(events.map(({ data }) => data.executionEvents));
  client.dispose();
});

test('a refused document is an answer with errors', async () => {
  const client = connect();
  const [{ data, errors }] = await all(client.iterate({ query: '{ nothing }' }));
  assert.equal(data, undefined);
  assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  client.dispose();
});

test('a stranger is refused', async () => {
  const client = connect({ headers: {}, retryAttempts: 0 });
  await assert.rejects(all(client.iterate({ query: '{ me { id } }' })), /401/);
  client.dispose();
});

test('a watcher resumes by its cursor after the server was killed', async () => {
  const id = await server.run(token, await server.workflow(token, [{}, { validationType: 'MANUAL' }, {}]));
  const seen = [];
  const watch = async () => {
    const client = connect({ retryAttempts: 0 });
    const variables = { id, after: seen.at(-1)?.seq ?? 0 };
    try {
      for await (const { data } of client.iterate({ query: EVENTS, variables })) {
        seen.push(data.executionEvents);
        if (data.executionEvents.status === 'PAUSED') await server.kill();
      }
    } finally {
      client.dispose();
    }
  };
  await assert.rejects(watch());
  await server.start();
  const { pendingValidations } = await server.data(token, '{ pendingValidations { nodes { id } } }');
  await server.data(
    token,
    'mutation ($input: RecordManualValidationInput!) { recordManualValidation(input: $input) { id } }',
    { input: { logId: pendingValidations.nodes[0].id, result: 'PASS' } },
  );
  await watch();
  assertWhole(seen);
});
