import { ApolloLink } from '@apollo/client';
import { Observable } from 'rxjs';
import { hasFrames, inNextFrame } from '../frame.ts';

/** For the context of an operation whose answers nothing is drawn from: it has them as they come. */
export const AT_ONCE = { atOnce: true };

/** Answers reach a page in its next frame, all that came between two frames together. A program has them as they come. */
export function framed(): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const answers = forward(operation);
    if (!hasFrames() || operation.getContext().atOnce) return answers;
    return new Observable((to) =>
      answers.subscribe({
        next: (answer) => inNextFrame(() => to.next(answer)),
        error: (error) => inNextFrame(() => to.error(error)),
        complete: () => inNextFrame(() => to.complete()),
      }),
    );
  });
}
