import type { RunState } from '@footlight/client';
import { useRef } from 'react';

/**
 * The run as it was at its last numbered event. Words that come have no number: whoever shows anything but them is drawn
 * anew only when something else has changed.
 */
export function useStill(run: RunState): RunState {
  const still = useRef(run);
  if (still.current.lastSeq !== run.lastSeq || still.current.id !== run.id) still.current = run;
  return still.current;
}
