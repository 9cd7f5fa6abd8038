// The state of a run, as its events tell it.

import type { AttemptStatus, DateTime, ExecutionStatus, Usage, ValidationResult } from '../schema.ts';

export interface RunState {
  readonly id: string;
  /** The `seq` of the last event that was folded in; 0 before the first. */
  readonly lastSeq: number;
  /** True once an event was missing between two others: what is said here may be wrong. */
  readonly gap: boolean;
  /** Null before the first event. */
  readonly status: ExecutionStatus | null;
  readonly statusReason: string | null;
  /** When the run was accepted. */
  readonly createdAt: DateTime | null;
  /** When it first began to run. */
  readonly startedAt: DateTime | null;
  /** When it reached `COMPLETED`, `FAILED` or `CANCELLED`. */
  readonly endedAt: DateTime | null;
  /** The stage that it is at; null before the first. */
  readonly currentStageOrder: number | null;
  /** In the order in which they began. */
  readonly attempts: readonly Attempt[];
  /** The places in `attempts` of those under way. */
  readonly open: readonly number[];
  /** What it waits for now, the oldest first. */
  readonly waits: readonly Wait[];
  /** Every change of its state, and a person's decision that left it `PAUSED`. */
  readonly history: readonly StatusChange[];
}

export interface Attempt {
  /** Identifies the attempt: `executionLog(id:)` has all of it. */
  readonly logId: string;
  readonly stageOrder: number;
  readonly stageName: string | null;
  readonly attemptNumber: number;
  readonly visit: number | null;
  /** Which item of the stage's list it is about, from 0; null where the stage has no list. */
  readonly itemIndex: number | null;
  /** How many items that list has. */
  readonly itemCount: number | null;
  readonly status: AttemptStatus;
  readonly startedAt: DateTime;
  /** When the model's answer had arrived; null before that is known, and where none came. */
  readonly answeredAt: DateTime | null;
  readonly endedAt: DateTime | null;
  /** What the model has written so far; once the attempt has finished its `rawOutput`. Empty where no deltas were asked for. */
  readonly text: string;
  /** The length of `text` in Unicode code points, as offsets count. */
  readonly codePoints: number;
  readonly verdict: ValidationResult;
  /** What the validator, the judge or the person said to it. */
  readonly notes: string | null;
  readonly errorMessage: string | null;
  /** A person has to decide. */
  readonly awaitsPerson: boolean;
  /** Since when. */
  readonly askedAt: DateTime | null;
  readonly decision: Decision | null;
  /** What a person put in the place of the answer. */
  readonly editedOutput: string | null;
  /** The attempt that follows this one, which did not pass. */
  readonly retry: Retry | null;
  /** The stage that came next; null while that is not known and where the run ended. */
  readonly nextStageOrder: number | null;
  /** The value by which `routes` sent the run there. */
  readonly routeValue: string | null;
  readonly usage: Usage | null;
  readonly durationMs: number | null;
}

export interface Decision {
  readonly result: ValidationResult;
  readonly notes: string | null;
  readonly at: DateTime;
}

export interface Retry {
  readonly attemptNumber: number;
  readonly scheduledAt: DateTime;
  /** When it begins at the earliest. */
  readonly retryAt: DateTime;
  readonly reason: string | null;
}

export interface StatusChange {
  readonly seq: number;
  readonly at: DateTime;
  readonly status: ExecutionStatus;
  readonly reason: string | null;
}

export interface Wait {
  /** For a free slot, another try, the model that judges, a person's decision, or whoever paused it. */
  readonly kind: 'turn' | 'retry' | 'judge' | 'person' | 'pause';
  readonly since: DateTime;
  /** When it goes on by itself, where that is known. */
  readonly until: DateTime | null;
  readonly reason: string | null;
  readonly stageOrder: number | null;
  readonly itemIndex: number | null;
  /** The attempt that awaits a person, or the one that another try follows. */
  readonly logId: string | null;
}

/** A run of which nothing is known yet. */
export function initialRun(id: string): RunState {
  return {
    id,
    lastSeq: 0,
    gap: false,
    status: null,
    statusReason: null,
    createdAt: null,
    startedAt: null,
    endedAt: null,
    currentStageOrder: null,
    attempts: [],
    open: [],
    waits: [],
    history: [],
  };
}
