import { ApolloLink, gql } from '@apollo/client';
import { Observable } from 'rxjs';
import { hasFrames, inNextFrame } from '../frame.ts';

/** For the context of an operation whose answers nothing is drawn from: it has them as they come. */
export const AT_ONCE = { atOnce: true };

/**
 * Answers reach a page in its next frame, all that came between two frames together; and so does what they change for other
 * queries, some of which Apollo would tell in a task of its own, to be drawn apart. A program has them as they come.
 */
export function framed(): ApolloLink {
  let callOff = () => {};
  return new ApolloLink((operation, forward) => {
    const answers = forward(operation);
    if (!hasFrames() || operation.getContext().atOnce) return answers;
    // What is written this way is told at once, and with it all that queries have not heard yet.
    const tell = () => operation.client.writeQuery({ query: gql`{ __typename }`, data: { __typename: 'Query' } });
    const pass = (job: () => void) => {
      inNextFrame(job);
      // After the last answer: a query whose own one waits would not hear.
      callOff();
      callOff = inNextFrame(tell);
    };
    return new Observable((to) =>
      answers.subscribe({
        next: (answer) => pass(() => to.next(answer)),
        error: (error) => pass(() => to.error(error)),
        complete: () => pass(() => to.complete()),
      }),
    );
  });
}
