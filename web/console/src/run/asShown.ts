import type { RunState } from '@footlight/client';
import { AttemptAsShownDocument } from './AttemptAsShown.generated.ts';
import { RunAsShownDocument } from './RunAsShown.generated.ts';

/** As many attempts are in one answer. Where there are more, `after` stands in the question, to be filled in by its `endCursor`. */
const PAGE = 100;

/** What asks for what the page shows: the run, and the attempt in the margin. */
export function asShown({ id, attempts }: RunState, log: string | null) {
  const variables = { id, ...(attempts.length > PAGE ? { after: null } : {}) };
  const isThere = attempts.some(({ logId }) => logId === log);
  return isThere
    ? { document: AttemptAsShownDocument, variables: { ...variables, log } }
    : { document: RunAsShownDocument, variables };
}
