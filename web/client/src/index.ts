export { cachePolicies } from './cache/policies.ts';
export type { Connection, ConnectionState } from './connection.ts';
export { type FootlightError, footlightErrors } from './errors.ts';
export { inNextFrame } from './frame.ts';
export { createFootlight, type Footlight, type FootlightOptions } from './footlight.ts';
export type {
  ExecutionStatusChanged,
  FinishedLog,
  ManualValidationRecorded,
  ManualValidationRequested,
  RunEvent,
  StageFinished,
  StageOutputDelta,
  StageRetryScheduled,
  StageStarted,
  StartedLog,
} from './run/event.ts';
export { RUN_EVENT_FIELDS } from './run/event.ts';
export { foldRun, foldRunEvents } from './run/fold.ts';
export type { Attempt, Decision, Retry, RunState, StatusChange, Wait } from './run/state.ts';
export { initialRun } from './run/state.ts';
export { type RunTime, type TimeKind, type TimeSpan, timeOf } from './run/time.ts';
export {
  type AttemptStatus,
  type DateTime,
  type ExecutionStatus,
  hasEnded,
  type JsonValue,
  type Usage,
  type ValidationResult,
} from './schema.ts';
export type { TokenRequest } from './token.ts';
