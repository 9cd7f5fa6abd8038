import { useQuery } from '@apollo/client/react';
import { RunningNowDocument } from './RunningNow.generated.ts';

const EVERY = 3000;

/** Nobody says when a run goes from one stage to the next but its own events: the running ones are asked now and then. */
export function RunningNow() {
  useQuery(RunningNowDocument, { pollInterval: EVERY, skipPollAttempt: () => document.hidden });
  return null;
}
