import { ApolloLink } from '@apollo/client';
import { filter } from 'rxjs';
import { resumable } from './resumable.ts';

/**
 * Keeps the place of every subscription to the events of a run, so that whatever subscribes anew below this link begins
 * there, and lets no event pass twice.
 */
export function resume(): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const watched = resumable(operation.query);
    if (watched === null) return forward(operation);
    const { query, after, begin, events, seq } = watched;
    const given = operation.variables[after];
    let last = given === undefined ? begin : (given ?? 0);
    operation.query = query;
    // The links below read this very object whenever they subscribe.
    operation.variables = { ...operation.variables, [after]: last };
    const isNews = (result: ApolloLink.Result) => {
      const event = 'data' in result ? result.data?.[events] : null;
      // A delta has no number of its own: it repeats one.
      if (!event || event.__typename === 'StageOutputDelta') return true;
      if (event[seq] <= last) return false;
      last = event[seq];
      operation.variables[after] = last;
      return true;
    };
    return forward(operation).pipe(filter(isNews));
  });
}
