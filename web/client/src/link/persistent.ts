import { ApolloLink } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { defer, finalize, from, map, retry, throwError } from 'rxjs';
import { footlightErrors } from '../errors.ts';
import type { Socket } from '../socket.ts';

/** So often in a row the server may fail by its own fault before that is told. */
const OWN_FAULTS = 5;

/** Subscribes anew for as long as the server does not refuse what it is asked. The socket looks after itself; this is for the rest. */
export function persistent(socket: Socket): ApolloLink {
  return new ApolloLink((operation, forward) =>
    defer(() => {
      const release = socket.need();
      const again = (error: unknown, count: number) =>
        isRefusal(error, count, socket) ? throwError(() => error) : from(socket.pause(count - 1));
      return forward(operation).pipe(
        map(ownFaultThrown),
        retry({ delay: again, resetOnSuccess: true }),
        finalize(release),
      );
    }),
  );
}

function ownFaultThrown(result: ApolloLink.Result): ApolloLink.Result {
  if (!('errors' in result) || !result.errors) return result;
  const error = new CombinedGraphQLErrors(result);
  if (isOwnFault(error)) throw error;
  return result;
}

function isOwnFault(error: unknown): boolean {
  return footlightErrors(error).some(({ code }) => code === 'INTERNAL_SERVER_ERROR');
}

function isRefusal(error: unknown, count: number, socket: Socket): boolean {
  if (!CombinedGraphQLErrors.is(error)) return socket.isRefused();
  if (isOwnFault(error)) return count > OWN_FAULTS;
  return !footlightErrors(error).some((told) => told.code === 'LIMIT_EXCEEDED' && told.retryAfter !== undefined);
}
