import type { Attempt, RunState } from '@footlight/client';
import type { RunStage } from './stages.ts';

/** The run for its time: where nobody judges, what comes between answer and verdict is no judge's, but belongs to the call. */
export function withoutJudges(run: RunState, stages: readonly RunStage[]): RunState {
  const free = new Set(stages.filter(({ judge }) => judge === 'NONE').map(({ stageOrder }) => stageOrder));
  const attempts = run.attempts.map((attempt) =>
    free.has(attempt.stageOrder) && attempt.answeredAt !== null ? withoutJudge(attempt) : attempt,
  );
  return { ...run, attempts };
}

const known = new WeakMap<Attempt, Attempt>();

/** The same object for the same attempt, as of any run. */
function withoutJudge(attempt: Attempt): Attempt {
  let free = known.get(attempt);
  if (!free) {
    free = { ...attempt, answeredAt: null };
    known.set(attempt, free);
  }
  return free;
}
