import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { expect, test } from 'vitest';
import { footlightErrors } from './errors.ts';

const of = (extensions: Record<string, unknown>) =>
  footlightErrors(new CombinedGraphQLErrors({ errors: [{ message: 'no', extensions }] }));

test('nothing is no error', () => {
  expect(footlightErrors(null)).toEqual([]);
  expect(footlightErrors(undefined)).toEqual([]);
});

test('each code brings what the server says with it', () => {
  expect(of({ code: 'BAD_USER_INPUT', field: 'stages[2].name' })).toEqual([
    { code: 'BAD_USER_INPUT', message: 'no', field: 'stages[2].name' },
  ]);
  expect(of({ code: 'CONFLICT', field: 'ignored' })).toEqual([{ code: 'CONFLICT', message: 'no' }]);
  expect(of({ code: 'LIMIT_EXCEEDED', retryAfter: 1 })).toEqual([
    { code: 'LIMIT_EXCEEDED', message: 'no', retryAfter: 1 },
  ]);
  expect(of({ code: 'INTERNAL_SERVER_ERROR', requestId: 'r' })).toEqual([
    { code: 'INTERNAL_SERVER_ERROR', message: 'no', requestId: 'r' },
  ]);
});

test('a code of a later server is kept', () => {
  expect(of({ code: 'TEAPOT' })).toEqual([{ code: 'UNKNOWN', message: 'no', serverCode: 'TEAPOT' }]);
  expect(of({})).toEqual([{ code: 'UNKNOWN', message: 'no' }]);
});

test('every error of an answer is told, with its path', () => {
  const errors = [
    { message: 'a', path: ['workflow', 'name'], extensions: { code: 'NOT_FOUND' } },
    { message: 'b', extensions: { code: 'FORBIDDEN' } },
  ];
  expect(footlightErrors(new CombinedGraphQLErrors({ errors }))).toEqual([
    { code: 'NOT_FOUND', message: 'a', path: ['workflow', 'name'] },
    { code: 'FORBIDDEN', message: 'b' },
  ]);
});

test('the body of a refusal over HTTP is read', () => {
  const response = new Response(null, { status: 429 });
  const bodyText = JSON.stringify({
    errors: [{ message: 'slowly', extensions: { code: 'LIMIT_EXCEEDED', retryAfter: 1 } }],
  });
  expect(footlightErrors(new ServerError('429', { response, bodyText }))).toEqual([
    { code: 'LIMIT_EXCEEDED', message: 'slowly', retryAfter: 1 },
  ]);
  const page = new ServerError('502', { response: new Response(null, { status: 502 }), bodyText: '<html>' });
  expect(footlightErrors(page)).toEqual([{ code: 'NETWORK', message: '502', status: 502 }]);
});

test('a page of something that stands before the server is not told in the words of a parser', async () => {
  const link = new HttpLink({ uri: '/graphql', fetch: async () => new Response('<html>Bad gateway</html>') });
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const error = await client.query({ query: gql('{ me { id } }') }).catch((error: unknown) => error);
  const message = 'something else than Footlight answered';
  expect(footlightErrors(error)).toEqual([{ code: 'NETWORK', message, status: 200 }]);
});

test('a server that is not there is the network', async () => {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: 'http://127.0.0.1:9/graphql' }),
  });
  const error = await client.query({ query: gql('{ me { id } }') }).catch((error: unknown) => error);
  expect(footlightErrors(error)).toEqual([{ code: 'NETWORK', message: 'no answer came' }]);
});

test('an error of the page itself is none of the network', () => {
  expect(footlightErrors(new TypeError('x is undefined'))).toEqual([{ code: 'UNKNOWN', message: 'x is undefined' }]);
});
