// From the events of a run to its state.
//
// 1. An event that is known already changes nothing; one beyond the next shows a gap. A delta has no number of its own: it
//    repeats one, and is held against the text instead.
// 2. The log that is nested in an event is the attempt as it is now, not as it was. So only what never changes is taken of
//    it before StageFinished, and all of it there, for an attempt that has finished stays as it is.
// 3. No event tells of an attempt that was interrupted or cancelled: the retry that is scheduled, the next attempt or the
//    run's end closes what was open.

import { hasEnded } from '../schema.ts';
import { Draft, waitOf } from './draft.ts';
import type {
  ExecutionStatusChanged,
  ManualValidationRecorded,
  ManualValidationRequested,
  RunEvent,
  StageFinished,
  StageOutputDelta,
  StageRetryScheduled,
  StageStarted,
} from './event.ts';
import type { Attempt, RunState, StatusChange } from './state.ts';
import { codePointsOf, withPiece } from './text.ts';

/** The state of a run after one more of its events. Pure; what did not change is the same object as before. */
export function foldRun(state: RunState, event: RunEvent): RunState {
  return foldRunEvents(state, [event]);
}

/** The same for several at once, at the price of one copy. */
export function foldRunEvents(state: RunState, events: readonly RunEvent[]): RunState {
  const draft = new Draft(state);
  for (const event of events) take(draft, event);
  return draft.finish();
}

function take(draft: Draft, event: RunEvent): void {
  const { run } = draft;
  if (event.__typename !== 'StageOutputDelta') {
    if (event.seq <= run.lastSeq) return;
    if (event.seq > run.lastSeq + 1) run.gap = true;
    run.lastSeq = event.seq;
  }
  // A later server may send what is not known here.
  const fold = TAKES[event.__typename] as ((draft: Draft, event: RunEvent) => void) | undefined;
  fold?.(draft, event);
}

function changeStatus(draft: Draft, { seq, occurredAt: at, status, reason }: ExecutionStatusChanged): void {
  const { run } = draft;
  run.createdAt ??= at;
  if (status === 'RUNNING') run.startedAt ??= at;
  enter(draft, { seq, at, status, reason });
  if (!hasEnded(status)) return;
  run.endedAt = at;
  run.waits = [];
  const how = status === 'CANCELLED' ? 'CANCELLED' : 'INTERRUPTED';
  for (const index of run.open) draft.close(index, { status: how, verdict: 'ERROR', endedAt: at });
}

function start(draft: Draft, event: StageStarted): void {
  const { run } = draft;
  const { stageOrder, attemptNumber, itemIndex, itemCount, log } = event;
  interrupt(draft, event);
  run.currentStageOrder = stageOrder;
  run.waits = run.waits.filter((wait) => wait.kind !== 'retry' || !isSamePlace(wait, event));
  draft.begin({
    ...NEW,
    logId: log.id,
    stageOrder,
    stageName: log.stageName,
    attemptNumber,
    visit: log.visit,
    itemIndex,
    itemCount,
    startedAt: log.executedAt,
  });
}

function finish(draft: Draft, event: StageFinished): void {
  const { log, occurredAt: endedAt, validationResult: verdict, nextStageOrder, routeValue } = event;
  const index = draft.find(({ logId }) => logId === log.id);
  if (index === null) return;
  draft.close(index, {
    ...answerOf(log),
    status: log.status,
    endedAt,
    answeredAt: log.answeredAt,
    verdict,
    notes: log.validatorNotes,
    errorMessage: log.errorMessage,
    editedOutput: log.editedOutput ?? null,
    nextStageOrder,
    routeValue,
    usage: log.usage,
    durationMs: log.durationMs,
  });
  const { run } = draft;
  run.currentStageOrder = nextStageOrder ?? run.currentStageOrder;
  // A short wait for the judge ends without a word.
  if (run.status === 'RUNNING' && run.statusReason === 'JUDGE_WAIT') {
    enter(draft, { seq: event.seq, at: endedAt, status: 'RUNNING', reason: null });
  }
}

function schedule(draft: Draft, event: StageRetryScheduled): void {
  const { run } = draft;
  const { stageOrder, itemIndex, attemptNumber, occurredAt: since, retryAt, reason } = event;
  interrupt(draft, event);
  const index = draft.find((attempt) => isSamePlace(attempt, event) && attempt.attemptNumber < attemptNumber);
  const logId = index === null ? null : (run.attempts[index]?.logId ?? null);
  if (index !== null) draft.change(index, { retry: { attemptNumber, scheduledAt: since, retryAt, reason } });
  run.waits = [...run.waits, { kind: 'retry', since, until: retryAt, reason, stageOrder, itemIndex, logId }];
}

function ask(draft: Draft, { occurredAt: askedAt, log }: ManualValidationRequested): void {
  const index = draft.find(({ logId }) => logId === log.id);
  // The answer was written together with the question; of its words nobody is sent any who comes later.
  const answer = { ...answerOf(log), answeredAt: log.answeredAt };
  if (index !== null) draft.change(index, { awaitsPerson: true, askedAt, ...answer });
  wait(draft);
}

/** All that the model wrote, where it was asked for. */
const answerOf = ({ rawOutput }: { rawOutput?: string | null }): Partial<Attempt> =>
  rawOutput == null ? {} : { text: rawOutput, codePoints: codePointsOf(rawOutput) };

function decide(draft: Draft, { seq, occurredAt: at, result, notes, log }: ManualValidationRecorded): void {
  const index = draft.find(({ logId }) => logId === log.id);
  if (index !== null) draft.change(index, { awaitsPerson: false, decision: { result, notes, at } });
  // The run goes on, which its next event says, or a pause that was asked for holds: of that there is none.
  if (draft.run.status === 'PAUSED') enter(draft, { seq, at, status: 'PAUSED', reason: 'PAUSE_REQUESTED' });
}

function say(draft: Draft, { logId, offset, text }: StageOutputDelta): void {
  const index = draft.find((attempt) => attempt.logId === logId);
  const attempt = index === null ? undefined : draft.run.attempts[index];
  if (index === null || attempt?.status !== 'STARTED') return;
  const grown = withPiece(attempt, offset, text);
  if (grown !== attempt) draft.change(index, grown);
}

function enter(draft: Draft, change: StatusChange): void {
  const { run } = draft;
  run.status = change.status;
  run.statusReason = change.reason;
  run.history = [...run.history, change];
  wait(draft);
}

/** Puts what the run's state waits for before the tries that are to come. */
function wait({ run }: Draft): void {
  const own = waitOf(run);
  const tries = run.waits.filter(({ kind }) => kind === 'retry');
  run.waits = own ? [own, ...tries] : tries;
}

/** Closes what is still open where another attempt follows: its process is gone. */
function interrupt(draft: Draft, event: StageStarted | StageRetryScheduled): void {
  const before = (attempt: Attempt) => isSamePlace(attempt, event) && attempt.attemptNumber < event.attemptNumber;
  for (const index of draft.openWhere(before)) {
    draft.close(index, { status: 'INTERRUPTED', verdict: 'ERROR', endedAt: event.occurredAt });
  }
}

type Takes = {
  readonly [Type in RunEvent['__typename']]: (draft: Draft, event: Extract<RunEvent, { __typename: Type }>) => void;
};

const TAKES: Takes = {
  StageOutputDelta: say,
  ExecutionStatusChanged: changeStatus,
  StageStarted: start,
  StageFinished: finish,
  StageRetryScheduled: schedule,
  ManualValidationRequested: ask,
  ManualValidationRecorded: decide,
};

interface Place {
  readonly stageOrder: number | null;
  readonly itemIndex: number | null;
}

function isSamePlace(one: Place, other: Place): boolean {
  return one.stageOrder === other.stageOrder && one.itemIndex === other.itemIndex;
}

const NEW = {
  status: 'STARTED',
  answeredAt: null,
  endedAt: null,
  text: '',
  codePoints: 0,
  verdict: 'PENDING',
  notes: null,
  errorMessage: null,
  awaitsPerson: false,
  askedAt: null,
  decision: null,
  editedOutput: null,
  retry: null,
  nextStageOrder: null,
  routeValue: null,
  usage: null,
  durationMs: null,
} as const satisfies Partial<Attempt>;
