import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { of } from 'rxjs';
import { expect, test, vi } from 'vitest';
import { footlightErrors } from '../errors.ts';
import { createTokens } from '../token.ts';
import { authorized } from './authorized.ts';

const REFUSED = { errors: [{ message: 'sign in first', extensions: { code: 'UNAUTHENTICATED' } }] };

/** A server that believes `good`, asked by somebody whose tokens are renewed whenever one was refused. */
function ask(good: string) {
  const sent: (string | undefined)[] = [];
  let renewals = 0;
  const onUnauthenticated = vi.fn();
  const getToken = ({ refused }: { refused: string | null }) => {
    if (refused !== null) renewals += 1;
    return `token ${renewals}`;
  };
  const server = new ApolloLink((operation) => {
    const { Authorization } = operation.getContext().headers as { Authorization?: string };
    sent.push(Authorization);
    return of(Authorization === `Bearer ${good}` ? { data: { good: true } } : REFUSED);
  });
  const link = authorized(createTokens({ getToken, onUnauthenticated })).concat(server);
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const query = () => client.query({ query: gql('{ good }'), fetchPolicy: 'no-cache' });
  return { query, sent, onUnauthenticated };
}

test('a request is sent once more with a renewed token', async () => {
  const { query, sent, onUnauthenticated } = ask('token 1');
  expect((await query()).data).toEqual({ good: true });
  expect(sent).toEqual(['Bearer token 0', 'Bearer token 1']);
  expect(onUnauthenticated).not.toHaveBeenCalled();
});

test('where a renewed token is not believed either, that is told, and no other is asked for', async () => {
  const { query, sent, onUnauthenticated } = ask('none');
  const error = await query().catch((thrown: unknown) => thrown);
  expect(footlightErrors(error)).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
  expect(sent).toEqual(['Bearer token 0', 'Bearer token 1']);
  expect(onUnauthenticated).toHaveBeenCalledTimes(1);
});
