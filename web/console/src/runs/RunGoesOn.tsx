import { useSubscription } from '@apollo/client/react';
import { useState } from 'react';
import { RunGoesOnDocument } from './RunGoesOn.generated.ts';

/** Hears a run that is under way: only its own events say when it goes from one stage to the next. */
export function RunGoesOn({ id, after, onEvent }: { id: string; after: number; onEvent: () => void }) {
  // What comes later tells more of it, and begins nothing anew.
  const [from] = useState(after);
  useSubscription(RunGoesOnDocument, {
    variables: { id, after: from },
    fetchPolicy: 'no-cache',
    ignoreResults: true,
    onData: onEvent,
    // Somebody deleted it: the list hears that elsewhere.
    onError: () => {},
  });
  return null;
}
