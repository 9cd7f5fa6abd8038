// What `execution` says of a run, in the words of the state that its events fold into.

import { expect } from 'vitest';
import type { RunState } from '../src/index.ts';
import type { House } from './house.ts';

const QUERY = `query ($id: ID!) {
  execution(id: $id) {
    id status statusReason createdAt startedAt completedAt lastEventSeq currentStageOrder
    logs(first: 100) {
      nodes {
        id stageOrder stageName attemptNumber visit itemIndex status validationResult validatorNotes
        rawOutput editedOutput errorMessage executedAt answeredAt durationMs usage { promptTokens completionTokens totalTokens }
      }
    }
  }
}`;

export async function truthOf(house: House, id: string) {
  const { execution } = (await house.data(QUERY, { id })) as { execution: Execution };
  return {
    lastSeq: execution.lastEventSeq,
    status: execution.status,
    statusReason: execution.statusReason,
    currentStageOrder: execution.currentStageOrder,
    createdAt: about(execution.createdAt),
    startedAt: about(execution.startedAt),
    endedAt: about(execution.completedAt),
    attempts: execution.logs.nodes.map(said),
  };
}

/** The same of a state. */
export function toldBy(state: RunState) {
  const { lastSeq, status, statusReason, currentStageOrder, createdAt, startedAt, endedAt } = state;
  const attempts = state.attempts.map((attempt) =>
    said({
      id: attempt.logId,
      stageOrder: attempt.stageOrder,
      stageName: attempt.stageName,
      attemptNumber: attempt.attemptNumber,
      visit: attempt.visit,
      itemIndex: attempt.itemIndex,
      status: attempt.status,
      validationResult: attempt.verdict,
      executedAt: attempt.startedAt,
      validatorNotes: attempt.notes,
      rawOutput: attempt.text,
      editedOutput: attempt.editedOutput,
      errorMessage: attempt.errorMessage,
      answeredAt: attempt.answeredAt,
      durationMs: attempt.durationMs,
      usage: attempt.usage,
    }),
  );
  const moments = { createdAt: parsed(createdAt), startedAt: parsed(startedAt), endedAt: parsed(endedAt) };
  return { lastSeq, status, statusReason, currentStageOrder, ...moments, attempts };
}

function parsed(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}

/** A run's row and its event are written together, but read the clock one after the other. */
function about(time: string | null): unknown {
  return time === null ? null : expect.closeTo(Date.parse(time), -2);
}

/** What was interrupted or cancelled says why, and how far it had come: of that no event tells. */
function said({ validatorNotes, rawOutput, editedOutput, errorMessage, answeredAt, durationMs, usage, ...log }: Log) {
  if (log.status !== 'FINISHED') return log;
  const counted = usage && { ...usage };
  return {
    ...log,
    validatorNotes,
    rawOutput: rawOutput ?? '',
    editedOutput,
    errorMessage,
    answeredAt,
    durationMs,
    usage: counted,
  };
}

interface Execution {
  readonly id: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly lastEventSeq: number;
  readonly currentStageOrder: number | null;
  readonly logs: { readonly nodes: readonly Log[] };
}

interface Log {
  readonly id: string;
  readonly stageOrder: number;
  readonly stageName: string | null;
  readonly attemptNumber: number;
  readonly visit: number | null;
  readonly itemIndex: number | null;
  readonly status: string;
  readonly validationResult: string;
  readonly executedAt: string;
  readonly validatorNotes: string | null;
  readonly rawOutput: string | null;
  readonly editedOutput: string | null;
  readonly errorMessage: string | null;
  readonly answeredAt: string | null;
  readonly durationMs: number | null;
  readonly usage: object | null;
}
