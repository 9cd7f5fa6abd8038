// A run's state for tests, from the events that matter to them.

import { foldRunEvents, initialRun, type RunEvent, type RunState } from '@footlight/client';
import type { RunStage } from './stages.ts';

/** Events without what follows from their place: their number, their time. */
export function runOf(...events: object[]): RunState {
  const all = events.map((event, index) => {
    const { log } = event as { log?: object };
    const when = { seq: index + 1, occurredAt: at(index) };
    return { ...when, ...event, ...(log ? { log: { executedAt: at(index), ...log } } : {}) };
  });
  return foldRunEvents(initialRun('run'), all as unknown as RunEvent[]);
}

export const at = (second: number): string => new Date(Date.UTC(2026, 10, 30, 10, 0, second)).toISOString();

export const status = (name: string, reason: string | null = null): object => ({
  __typename: 'ExecutionStatusChanged',
  status: name,
  reason,
});

interface Where {
  attempt?: number;
  visit?: number;
  item?: number;
  items?: number;
}

const logId = (stageOrder: number, { attempt = 1, item }: Where) =>
  `${stageOrder}.${attempt}${item === undefined ? '' : `.${item}`}`;

export const started = (stageOrder: number, where: Where = {}): object => ({
  __typename: 'StageStarted',
  stageOrder,
  attemptNumber: where.attempt ?? 1,
  itemIndex: where.item ?? null,
  itemCount: where.items ?? null,
  log: { id: logId(stageOrder, where), visit: where.visit ?? 1, stageName: null },
});

export const finished = (stageOrder: number, verdict: 'PASS' | 'FAIL' | 'ERROR', where: Where = {}): object => ({
  __typename: 'StageFinished',
  stageOrder,
  attemptNumber: where.attempt ?? 1,
  itemIndex: where.item ?? null,
  validationResult: verdict,
  nextStageOrder: null,
  routeValue: null,
  log: {
    id: logId(stageOrder, where),
    status: 'FINISHED',
    validationResult: verdict,
    validatorNotes: null,
    errorMessage: null,
    answeredAt: null,
    durationMs: null,
    usage: null,
  },
});

export const retry = (stageOrder: number, attempt: number, where: Where = {}): object => ({
  __typename: 'StageRetryScheduled',
  stageOrder,
  attemptNumber: attempt,
  itemIndex: where.item ?? null,
  retryAt: at(90),
  reason: null,
});

export const asked = (stageOrder: number, where: Where = {}): object => ({
  __typename: 'ManualValidationRequested',
  log: { id: logId(stageOrder, where), answeredAt: at(0) },
});

export const stage = (stageOrder: number, more: Partial<RunStage> = {}): RunStage => ({
  stageOrder,
  name: `Stage ${stageOrder}`,
  judge: 'NONE',
  rule: null,
  skipsItems: false,
  model: 'scripted',
  judgeModel: null,
  ...more,
});
