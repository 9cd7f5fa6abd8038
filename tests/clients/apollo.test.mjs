// Apollo Client 4: over HTTP, over a websocket, by multipart, and with persisted queries.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { tap } from 'rxjs';
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

const authorization = () => ({ Authorization: `Bearer ${token}` });
const http = (options = {}) => new HttpLink({ uri: server.url, headers: authorization(), ...options });
const over = (link) => new ApolloClient({ cache: new InMemoryCache(), link });

// What the README says: the next connection begins after the last event seen.
const resume = () =>
  new ApolloLink((operation, forward) =>
    forward(operation).pipe(
      tap(({ data }) => {
        if (data?.executionEvents) operation.variables.after = data.executionEvents.seq;
      }),
    ),
  );

const watch = (client, id, each = () => {}) =>
  new Promise((settle, fail) => {
    const events = [];
    client.subscribe({ query: gql(EVENTS), variables: { id, after: 0 } }).subscribe({
      next: ({ data, error }) => {
        if (error) return fail(error);
        events.push(data.executionEvents);
        each(events);
      },
      error: fail,
      complete: () => settle(events),
    });
  });

test('a query and a mutation', async () => {
  const client = over(http());
  const { data } = await client.query({ query: gql('{ me { id } }') });
  assert.match(data.me.id, /^[0-9a-f-]{36}$/);
  const renamed = await client.mutate({
    mutation: gql('mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id fullName } }'),
    variables: { input: { fullName: 'Ada' } },
  });
  assert.equal(renamed.data.updateProfile.fullName, 'Ada');
  await assert.rejects(
    client.query({ query: gql('{ nothing }') }),
    (error) => error.errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED',
  );
});

test('a subscription by multipart', async () => {
  const id = await server.run(token, await server.workflow(token, [{}, {}]));
  assertWhole(await watch(over(http()), id));
});

test('a subscription by multipart that is refused', async () => {
  await assert.rejects(watch(over(http()), crypto.randomUUID()), /no execution|not/i);
});

test('a subscription over a websocket resumes after the server was killed', async () => {
  const id = await server.run(token, await server.workflow(token, [{}, { validationType: 'MANUAL' }, {}]));
  const socket = createClient({
    url: server.socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: authorization,
    shouldRetry: () => true,
    retryAttempts: 100,
    retryWait: () => Promise.resolve(),
  });
  const restarted = [];
  const each = (events) => {
    if (events.at(-1).status === 'PAUSED') restarted.push(restart());
  };
  const events = await watch(over(resume().concat(new GraphQLWsLink(socket))), id, each);
  await Promise.all(restarted);
  assert.equal(restarted.length, 1);
  assertWhole(events);
  await socket.dispose();
});

async function restart() {
  await server.kill();
  await server.start();
  const { pendingValidations } = await server.data(token, '{ pendingValidations { nodes { id } } }');
  await server.data(
    token,
    'mutation ($input: RecordManualValidationInput!) { recordManualValidation(input: $input) { id } }',
    { input: { logId: pendingValidations.nodes[0].id, result: 'PASS' } },
  );
}

for (const useGETForHashedQueries of [false, true]) {
  test(`persisted queries by ${useGETForHashedQueries ? 'GET' : 'POST'}`, async () => {
    const sent = [];
    const link = new PersistedQueryLink({
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      useGETForHashedQueries,
    }).concat(
      http({
        fetch: (url, options) => {
          const text = `${new URL(url).search}${options.body ?? ''}`;
          sent.push(`${options.method} ${/[?&"]query["=]/.test(text) ? 'document' : 'hash'}`);
          return fetch(url, options);
        },
      }),
    );
    const client = over(link);
    // Another text for each way, so that neither finds what the other one left.
    const query = gql(`query By${useGETForHashedQueries ? 'Get' : 'Post'} { me { id } }`);
    for (let round = 0; round < 2; round += 1) {
      const { data } = await client.query({ query, fetchPolicy: 'no-cache' });
      assert.ok(data.me.id);
    }
    const method = useGETForHashedQueries ? 'GET' : 'POST';
    assert.deepEqual(sent, [`${method} hash`, `POST document`, `${method} hash`]);
  });
}
