import { isOver } from '../ui/status.ts';
import { duration, ticking } from '../ui/time.ts';
import { useNow } from '../ui/useNow.ts';
import type { RunRowFragment } from './RunRow.generated.ts';

/** How long a run took; of one that goes on, how long it takes by now. */
export function Took({ run }: { run: Pick<RunRowFragment, 'status' | 'startedAt' | 'completedAt'> }) {
  const goesOn = run.startedAt !== null && !isOver(run.status);
  const now = useNow(goesOn);
  if (run.startedAt === null) return null;
  const began = Date.parse(run.startedAt);
  if (goesOn) return ticking(Math.max(0, now - began));
  return run.completedAt === null ? null : duration(Date.parse(run.completedAt) - began);
}
