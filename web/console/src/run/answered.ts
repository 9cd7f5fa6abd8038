import type { Attempt, RunState } from '@footlight/client';
import type { RunNow } from './useRunNow.ts';

/**
 * The run with what no event says before the verdict: that an attempt under way has its answer, and waits for its judge.
 * The same object where there is nothing to add.
 */
export function withAnswered(run: RunState, now: Pick<RunNow, 'diagnosis'> | null): RunState {
  const found = new Map<number, Attempt>();
  for (const index of run.open) {
    const attempt = run.attempts[index];
    const at = attempt?.answeredAt === null ? answeredAt(attempt, run, now) : null;
    if (attempt && at !== null) found.set(index, answered(attempt, at));
  }
  if (found.size === 0) return run;
  return { ...run, attempts: run.attempts.map((attempt, index) => found.get(index) ?? attempt) };
}

function answeredAt({ startedAt, itemCount }: Attempt, run: RunState, now: Pick<RunNow, 'diagnosis'> | null) {
  // A model is only let write by a run that is under way.
  if (run.status === 'PAUSED' || run.statusReason === 'JUDGE_WAIT') return run.history.at(-1)?.at ?? null;
  const { waitingFor, since } = now?.diagnosis ?? {};
  const isJudged = run.status === 'RUNNING' && waitingFor === 'JUDGE' && itemCount === null && since !== undefined;
  // What was said of the attempt before may still be there.
  return isJudged && Date.parse(since) >= Date.parse(startedAt) ? since : null;
}

const known = new WeakMap<Attempt, Attempt>();

/** The same object for the same attempt. */
function answered(attempt: Attempt, at: string): Attempt {
  let found = known.get(attempt);
  if (found?.answeredAt !== at) {
    found = { ...attempt, answeredAt: at };
    known.set(attempt, found);
  }
  return found;
}
