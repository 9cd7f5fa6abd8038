// Apollo Client 4 as the README sets it up, with its links for streams over HTTP and persisted queries besides.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { tap } from 'rxjs';
import WebSocket from 'ws';
import { interrupted } from './support/interruption.mjs';
import { example } from './support/readme.mjs';
import { EVENTS, assertWhole } from './support/run.mjs';
import { startServer } from './support/server.mjs';

const ME = gql('query Me { me { id email } }');
const RENAME = gql('mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id fullName } }');

let server;
let token;
before(async () => {
  // What Node has from version 22 on.
  globalThis.WebSocket ??= WebSocket;
  server = await startServer();
  token = server.token();
});
after(() => server.stop());

/** The README's client. */
function connect() {
  const given = { ApolloClient, ApolloLink, GraphQLWsLink, HttpLink, InMemoryCache, createClient, tap, token };
  return example('With Apollo Client 4', server, given, ['client', 'resume', 'socket']);
}

const httpLink = (options = {}) =>
  new HttpLink({ uri: server.url, headers: { Authorization: `Bearer ${token}` }, ...options });

const clientOf = (...links) => new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from(links) });

/** Watches the run to its end; every event goes to `see`. */
function watch(client, id, see, variables = { id, after: 0 }) {
  return new Promise((settle, fail) => {
    client.subscribe({ query: gql(EVENTS), variables }).subscribe({
      next: ({ data, error }) => (error ? fail(error) : see(data.executionEvents)),
      error: fail,
      complete: settle,
    });
  });
}

async function watchedFrom(client) {
  const events = [];
  const id = await server.run(token, await server.workflow(token, [{}, {}]));
  await watch(client, id, (event) => events.push(event));
  return events;
}

test('queries, mutations and subscriptions of the client in the README', async () => {
  const { client, socket } = await connect();
  const { data } = await client.query({ query: ME });
  const changed = await client.mutate({ mutation: RENAME, variables: { input: { fullName: 'ada' } } });
  assert.deepEqual(
    { ...changed.data.updateProfile },
    { __typename: 'UserProfile', id: data.me.id, fullName: 'ada' },
  );
  assertWhole(await watchedFrom(client));
  await socket.dispose();
});

test('errors are told with their codes and paths', async () => {
  const { client, socket } = await connect();
  const id = crypto.randomUUID();
  const mutation = gql('mutation ($id: ID!) { cancelExecution(id: $id) { id } }');
  await assert.rejects(client.mutate({ mutation, variables: { id } }), ({ errors: [error] }) => {
    assert.deepEqual([error.extensions.code, error.path], ['NOT_FOUND', ['cancelExecution']]);
    return true;
  });
  const unknown = client.query({ query: gql('{ nothing }') });
  await assert.rejects(unknown, ({ errors: [error] }) => error.extensions.code === 'GRAPHQL_VALIDATION_FAILED');
  await assert.rejects(watch(client, id, assert.fail), /not found/);
  await socket.dispose();
});

test('the client in the README resumes by its cursor after the server was killed', async () => {
  const { client, socket } = await connect();
  await interrupted(server, token, (id, see) => watch(client, id, see));
  await socket.dispose();
});

test('a subscription over HTTP comes in parts', async () => {
  const types = [];
  const noting = async (...request) => {
    const response = await fetch(...request);
    types.push(response.headers.get('content-type'));
    return response;
  };
  assertWhole(await watchedFrom(clientOf(httpLink({ fetch: noting }))));
  assert.equal(types.length, 1);
  assert.match(types[0], /^multipart\/mixed/);
});

test('a subscription over HTTP that is refused is told so in a part', async () => {
  const client = clientOf(httpLink());
  await assert.rejects(watch(client, crypto.randomUUID(), assert.fail), /not found/);
  const refused = clientOf(httpLink({ headers: {} }));
  const watching = watch(refused, crypto.randomUUID(), assert.fail);
  await assert.rejects(watching, ({ errors }) => errors[0].extensions.code === 'UNAUTHENTICATED');
});

test('a subscription over HTTP resumes by its cursor after the server was killed', async () => {
  const { resume, socket } = await connect();
  const again = new RetryLink({ delay: { initial: 20, max: 100 }, attempts: { max: Infinity } });
  await interrupted(server, token, (id, see) => watch(clientOf(again, resume, httpLink()), id, see));
  await socket.dispose();
});

/** Clients that send hashes, and a list of what they send. */
function persisted(options = {}) {
  const sent = [];
  const noting = (url, request) => {
    const parameters = request.body ? JSON.parse(request.body) : Object.fromEntries(new URL(url).searchParams);
    sent.push(`${request.method} ${parameters.query ? 'document' : 'hash'}`);
    return fetch(url, request);
  };
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const connect = () => clientOf(new PersistedQueryLink({ sha256, ...options }), httpLink({ fetch: noting }));
  return [connect, sent];
}

test('a persisted query is sent once, and by its hash from then on', async () => {
  const [connect, sent] = persisted();
  const query = gql('query PostedOnce { me { id } }');
  const first = await connect().query({ query });
  assert.deepEqual(sent, ['POST hash', 'POST document']);
  const second = await connect().query({ query });
  assert.deepEqual(sent.slice(2), ['POST hash']);
  assert.deepEqual(second.data, first.data);
});

test('a persisted query is asked for by GET; a mutation stays with POST', async () => {
  const [connect, sent] = persisted({ useGETForHashedQueries: true });
  const query = gql('query Gotten($id: ID!) { execution(id: $id) { id } }');
  const variables = { id: crypto.randomUUID() };
  assert.deepEqual((await connect().query({ query, variables })).data, { execution: null });
  assert.deepEqual(sent, ['GET hash', 'POST document']);
  assert.deepEqual((await connect().query({ query, variables })).data, { execution: null });
  assert.deepEqual(sent.slice(2), ['GET hash']);
  const { data } = await connect().mutate({ mutation: RENAME, variables: { input: { fullName: 'bob' } } });
  assert.equal(data.updateProfile.fullName, 'bob');
  assert.deepEqual(sent.slice(3), ['POST hash', 'POST document']);
});

/** A client with the README's cache. */
async function cached() {
  const given = { InMemoryCache };
  const { cache } = await example("Apollo's cache joins", server, given, ['cache']);
  return new ApolloClient({ cache, link: httpLink() });
}

test('the cache in the README joins the pages of a list, whatever else it was asked by', async () => {
  const names = ['tide 1', 'tide 2', 'tide 3', 'wind 1'];
  const own = server.token();
  const create = 'mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }';
  for (const name of names) await server.data(own, create, { input: { name } });
  const { cache } = await cached();
  const client = new ApolloClient({ cache, link: httpLink({ headers: { Authorization: `Bearer ${own}` } }) });
  const query = gql(`query ($first: Int, $after: String, $search: String) {
    workflows(first: $first, after: $after, search: $search) {
      nodes { id name } edges { cursor node { id name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`);
  const watched = client.watchQuery({ query, variables: { first: 2, search: 'tide' } });
  const told = [];
  const watching = watched.subscribe(({ data }) => data && told.push(data.workflows));
  const first = (await client.query({ query, variables: { first: 2, search: 'tide' } })).data.workflows;
  await watched.fetchMore({ variables: { after: first.pageInfo.endCursor } });
  // The same page once more adds nothing.
  await watched.fetchMore({ variables: { after: first.pageInfo.endCursor } });
  await client.query({ query, variables: { search: 'wind' } });
  const read = (search) => client.readQuery({ query, variables: { first: 2, search } }).workflows;
  const tides = read('tide');
  assert.deepEqual(tides.nodes.map(({ name }) => name).sort(), names.slice(0, 3));
  assert.deepEqual(tides.edges.map(({ node }) => node.id), tides.nodes.map(({ id }) => id));
  assert.equal(new Set(tides.edges.map(({ cursor }) => cursor)).size, 3);
  assert.equal(tides.pageInfo.hasNextPage, false);
  assert.equal(tides.pageInfo.startCursor, first.pageInfo.startCursor);
  assert.deepEqual(read('wind').nodes.map(({ name }) => name), ['wind 1']);

  const gone = tides.nodes[1].id;
  await client.mutate({ mutation: gql('mutation ($id: ID!) { deleteWorkflow(id: $id) }'), variables: { id: gone } });
  const left = read('tide');
  assert.equal(left.nodes.length, 2);
  assert.equal(left.edges.length, 2);
  assert.ok(!JSON.stringify(left).includes(gone));
  watching.unsubscribe();
});

test('the cache in the README merges what has no id into what has one', async () => {
  const client = await cached();
  const id = await server.run(token, await server.workflow(token, [{}]));
  await watch(client, id, () => {});
  const ask = (fields) => client.query({ query: gql(`query ($id: ID!) { execution(id: $id) { id ${fields} } }`), variables: { id } });
  await ask('usage { promptTokens }');
  await ask('usage { completionTokens }');
  await ask('logs { pageInfo { hasNextPage } }');
  await ask('logs { pageInfo { endCursor } }');
  const fields = 'usage { promptTokens completionTokens } logs { pageInfo { hasNextPage endCursor } }';
  const query = gql(`query ($id: ID!) { execution(id: $id) { id ${fields} } }`);
  // Null where a field is missing.
  const { execution } = client.readQuery({ query, variables: { id } });
  assert.deepEqual(Object.keys(execution.usage).sort(), ['__typename', 'completionTokens', 'promptTokens']);
  assert.equal(execution.logs.pageInfo.hasNextPage, false);
  assert.equal(typeof execution.logs.pageInfo.endCursor, 'string');
});

test('the cache in the README knows every type of an event', async () => {
  const client = await cached();
  const { data } = await client.query({ query: gql('{ __type(name: "ExecutionEvent") { possibleTypes { name } } }') });
  const types = data.__type.possibleTypes.map(({ name }) => name);
  assert.ok(types.length > 5);
  for (const __typename of types) {
    assert.ok(client.cache.policies.fragmentMatches(gql('fragment F on ExecutionEvent { seq }').definitions[0], __typename), __typename);
  }
});
