// The words of the schema that the types of this package use.

/** A point in time as RFC 3339 writes it, in UTC and in milliseconds: `2026-11-23T08:45:00.000Z`. */
export type DateTime = string;

/** What the scalar `JSON` carries. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type ExecutionStatus = 'PENDING' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

export type AttemptStatus = 'STARTED' | 'FINISHED' | 'INTERRUPTED' | 'CANCELLED';

export type ValidationResult = 'PENDING' | 'PASS' | 'FAIL' | 'ERROR';

export interface Usage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly totalTokens: number | null;
}

/** `COMPLETED`, `FAILED` and `CANCELLED` never change. */
export function hasEnded(status: ExecutionStatus | null): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}
