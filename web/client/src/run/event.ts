// The events of a run, and the fields of each that the fold reads.

import { gql } from '@apollo/client';
import type { DocumentNode } from 'graphql';
import type { DateTime, ExecutionStatus, Usage, ValidationResult } from '../schema.ts';

interface Event<Type extends string> {
  readonly __typename: Type;
  readonly seq: number;
  readonly occurredAt: DateTime;
}

interface AtStage {
  readonly stageOrder: number;
  readonly attemptNumber: number;
  readonly itemIndex: number | null;
}

export interface ExecutionStatusChanged extends Event<'ExecutionStatusChanged'> {
  readonly status: ExecutionStatus;
  readonly reason: string | null;
}

export interface StageStarted extends Event<'StageStarted'>, AtStage {
  readonly itemCount: number | null;
  readonly log: StartedLog;
}

/** What of an attempt never changes. */
export interface StartedLog {
  readonly id: string;
  readonly visit: number;
  readonly stageName: string | null;
  readonly executedAt: DateTime;
}

export interface StageFinished extends Event<'StageFinished'>, AtStage {
  readonly validationResult: ValidationResult;
  readonly nextStageOrder: number | null;
  readonly routeValue: string | null;
  readonly log: FinishedLog;
}

/** An attempt that has ended never changes. */
export interface FinishedLog {
  readonly id: string;
  readonly status: 'FINISHED';
  readonly validationResult: ValidationResult;
  readonly validatorNotes: string | null;
  readonly errorMessage: string | null;
  readonly answeredAt: DateTime | null;
  readonly durationMs: number | null;
  readonly usage: Usage | null;
  readonly rawOutput?: string | null;
  readonly editedOutput?: string | null;
}

export interface StageRetryScheduled extends Event<'StageRetryScheduled'>, AtStage {
  readonly retryAt: DateTime;
  readonly reason: string | null;
}

export interface ManualValidationRequested extends Event<'ManualValidationRequested'> {
  readonly log: { readonly id: string; readonly answeredAt: DateTime | null; readonly rawOutput?: string | null };
}

export interface ManualValidationRecorded extends Event<'ManualValidationRecorded'> {
  readonly result: ValidationResult;
  readonly notes: string | null;
  readonly log: { readonly id: string };
}

export interface StageOutputDelta extends Event<'StageOutputDelta'>, AtStage {
  readonly logId: string;
  readonly offset: number;
  readonly text: string;
}

export type RunEvent =
  | ExecutionStatusChanged
  | StageStarted
  | StageFinished
  | StageRetryScheduled
  | ManualValidationRequested
  | ManualValidationRecorded
  | StageOutputDelta;

/**
 * What the fold needs of every event, for subscriptions of one's own. It reads the variable `$deltas` of the operation
 * that spreads it: without deltas nobody asks for texts.
 */
export const RUN_EVENT_FIELDS: DocumentNode = gql`
  fragment RunEventFields on ExecutionEvent {
    __typename
    seq
    occurredAt
    ... on ExecutionStatusChanged {
      status
      reason
    }
    ... on StageStarted {
      stageOrder attemptNumber itemIndex
      itemCount
      log {
        id
        visit
        stageName
        executedAt
      }
    }
    ... on StageFinished {
      stageOrder attemptNumber itemIndex
      validationResult
      nextStageOrder
      routeValue
      log {
        id
        status
        validationResult
        validatorNotes
        errorMessage
        answeredAt
        durationMs
        usage { promptTokens completionTokens totalTokens }
        rawOutput @include(if: $deltas)
        editedOutput @include(if: $deltas)
      }
    }
    ... on StageRetryScheduled {
      stageOrder attemptNumber itemIndex
      retryAt
      reason
    }
    ... on ManualValidationRequested {
      log {
        id
        answeredAt
        rawOutput @include(if: $deltas)
      }
    }
    ... on ManualValidationRecorded {
      result
      notes
      log {
        id
      }
    }
    ... on StageOutputDelta {
      stageOrder attemptNumber itemIndex
      logId
      offset
      text
    }
  }
`;
