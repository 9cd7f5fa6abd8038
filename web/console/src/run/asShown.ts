import type { RunState } from '@footlight/client';
import { AttemptDocument } from './attempt/Attempt.generated.ts';
import { RunAsShownDocument } from './RunAsShown.generated.ts';

/** What asks for what the page shows: the run with its attempts, and the attempt in the margin. */
export function asShown({ id, attempts }: RunState, log: string | null) {
  const isThere = attempts.some(({ logId }) => logId === log);
  return {
    document: RunAsShownDocument,
    variables: { id },
    lists: [{ at: ['execution', 'logs'], count: attempts.length }],
    beside: isThere ? [{ document: AttemptDocument, variables: { id: log } }] : [],
  };
}
