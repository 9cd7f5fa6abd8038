import { ApolloLink } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { catchError, from, map, switchMap, throwError } from 'rxjs';
import { isUnauthenticated } from '../errors.ts';
import { bearer, type Tokens } from '../token.ts';

/** Sends the token with every request, and once more with a renewed one where the server did not believe the first. */
export function authorized(tokens: Tokens): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const send = (token: string | null) => {
      operation.setContext(({ headers }) => ({ headers: { ...headers, ...bearer(token) } }));
      return forward(operation).pipe(map(refusalThrown));
    };
    const sendAgain = (refused: string | null) => (error: unknown) => {
      if (!isUnauthenticated(error)) return throwError(() => error);
      const renewed = from(tokens.renew(refused));
      return renewed.pipe(switchMap((token) => (token === null ? throwError(() => error) : send(token))));
    };
    const first = from(tokens.current());
    return first.pipe(switchMap((token) => send(token).pipe(catchError(sendAgain(token)))));
  });
}

function refusalThrown(result: ApolloLink.Result): ApolloLink.Result {
  if (!('errors' in result) || !result.errors) return result;
  const error = new CombinedGraphQLErrors(result);
  if (isUnauthenticated(error)) throw error;
  return result;
}
