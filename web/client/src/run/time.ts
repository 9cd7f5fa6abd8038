// Where the time of a run went.

import type { DateTime } from '../schema.ts';
import type { RunState } from './state.ts';

export type TimeKind = 'turn' | 'model' | 'judge' | 'retry' | 'person' | 'pause';

/** A stretch of a run's time that went to one thing. */
export interface TimeSpan {
  readonly kind: TimeKind;
  readonly start: DateTime;
  readonly end: DateTime;
  readonly logId?: string;
  readonly stageOrder?: number;
}

/** In milliseconds; the kinds sum up to `total`. */
export type RunTime = Readonly<Record<TimeKind, number>> & { readonly total: number; readonly spans: readonly TimeSpan[] };

/** `now` is in milliseconds since 1970, for a run that has not ended. */
export function timeOf(_state: RunState, _now: number): RunTime {
  return { total: 0, turn: 0, model: 0, judge: 0, retry: 0, person: 0, pause: 0, spans: [] };
}
