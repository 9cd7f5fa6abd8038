import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { footlightErrors } from '../errors.ts';
import type { Socket } from '../socket.ts';
import { persistent } from './persistent.ts';

/** A subscription that fails in each of these ways, then tells one event, and what came of it. */
async function watched(failures: readonly (ApolloLink.Result | Error)[], { isRefused = false } = {}) {
  const pauses: number[] = [];
  let [tries, needs] = [0, 0];
  const socket = {
    need() {
      needs += 1;
      return () => {
        needs -= 1;
      };
    },
    pause: async (failed: number) => void pauses.push(failed),
    isRefused: () => isRefused,
  } as unknown as Socket;
  const below = new ApolloLink(
    () =>
      new Observable((to) => {
        const failure = failures[tries++];
        if (failure instanceof Error) return to.error(failure);
        to.next(failure ?? { data: { executionStatusChanged: { seq: 1 } } });
        return to.complete();
      }),
  );
  const client = new ApolloClient({ cache: new InMemoryCache(), link: persistent(socket).concat(below) });
  const seen: unknown[] = [];
  await new Promise<void>((settle) => {
    const query = gql('subscription { executionStatusChanged { seq } }');
    client.subscribe({ query, fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data, error }) => seen.push(error ? footlightErrors(error)[0]?.code : data),
      complete: settle,
    });
  });
  return { seen, tries, needs, pauses };
}

const told = (code: string, more = {}) => ({ message: code, extensions: { code, ...more } });
const answer = (code: string): ApolloLink.Result => ({ data: null, errors: [told(code)] }) as ApolloLink.Result;
const refusal = (code: string, more = {}) => new CombinedGraphQLErrors({ errors: [told(code, more)] });

const EVENT = { executionStatusChanged: { seq: 1 } };

test('a connection that breaks is made again, and nobody is told', async () => {
  expect(await watched([new Error('gone'), new Error('gone')])).toEqual({
    seen: [EVENT],
    tries: 3,
    needs: 0,
    pauses: [0, 1],
  });
});

test('a fault of the server is tried again, too, and told when it stays', async () => {
  expect((await watched([answer('INTERNAL_SERVER_ERROR')])).seen).toEqual([EVENT]);
  const always = Array(20).fill(answer('INTERNAL_SERVER_ERROR'));
  expect(await watched(always)).toMatchObject({ seen: ['INTERNAL_SERVER_ERROR'], tries: 6 });
});

test('whoever was too fast tries again, whoever asks for too much does not', async () => {
  expect((await watched([refusal('LIMIT_EXCEEDED', { retryAfter: 1 })])).seen).toEqual([EVENT]);
  expect((await watched([refusal('LIMIT_EXCEEDED')])).seen).toEqual(['LIMIT_EXCEEDED']);
});

test('what is refused is told at once', async () => {
  expect(await watched([refusal('NOT_FOUND')])).toMatchObject({ seen: ['NOT_FOUND'], tries: 1, pauses: [] });
  expect(await watched([new Error('closed')], { isRefused: true })).toMatchObject({ tries: 1, needs: 0 });
});
