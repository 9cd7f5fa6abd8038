import { ApolloLink } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { catchError, from, map, type Observable, switchMap, throwError } from 'rxjs';
import { isUnauthenticated } from '../errors.ts';
import { bearer, type Tokens } from '../token.ts';

/** Sends the token with every request, and once more with a renewed one where the server did not believe the first. */
export function authorized(tokens: Tokens): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const send = (token: string | null) => {
      operation.setContext(({ headers }) => ({ headers: { ...headers, ...bearer(token) } }));
      return forward(operation).pipe(map(refusalThrown));
    };
    const attempt = (token: string | null, isRenewed: boolean): Observable<ApolloLink.Result> =>
      send(token).pipe(
        catchError((error) => {
          if (!isUnauthenticated(error)) throw error;
          return from(tokens.renew(token, isRenewed)).pipe(
            switchMap((renewed) => (renewed === null ? throwError(() => error) : attempt(renewed, true))),
          );
        }),
      );
    return from(tokens.current()).pipe(switchMap((token) => attempt(token, false)));
  });
}

function refusalThrown(result: ApolloLink.Result): ApolloLink.Result {
  if (!('errors' in result) || !result.errors) return result;
  const error = new CombinedGraphQLErrors(result);
  if (isUnauthenticated(error)) throw error;
  return result;
}
