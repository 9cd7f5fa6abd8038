// Where the time of a run went: every moment of it belongs to one thing, so that the parts sum up to the whole.
//
// What counts is, in this order: a state other than RUNNING says what is waited for; of a run under way some attempt waits
// for its model; or else for its judge; or else another try is awaited. What is left, between an attempt and the next, is
// the run's turn.

import type { DateTime } from '../schema.ts';
import type { Attempt, RunState, StatusChange } from './state.ts';

export type TimeKind = 'turn' | 'model' | 'judge' | 'retry' | 'person' | 'pause';

/** A stretch of a run's time that went to one thing; where that was one attempt's, with it. */
export interface TimeSpan {
  readonly kind: TimeKind;
  readonly start: DateTime;
  readonly end: DateTime;
  readonly logId?: string;
  readonly stageOrder?: number;
}

/** In milliseconds; the kinds sum up to `total`, and the spans lie end to end. */
export type RunTime = Readonly<Record<TimeKind, number>> & {
  readonly total: number;
  readonly spans: readonly TimeSpan[];
};

/** `now` is in milliseconds since 1970, for a run that has not ended: the time of the server, as far as that is known. */
export function timeOf(state: RunState, now: number): RunTime {
  const sums = { turn: 0, model: 0, judge: 0, retry: 0, person: 0, pause: 0 };
  if (state.createdAt === null) return { ...sums, total: 0, spans: [] };
  const start = Date.parse(state.createdAt);
  const last = lastMoment(state);
  const end = state.endedAt === null ? Math.max(now, last) : last;
  const stretches: Stretch[] = [];
  const at: Moment = { status: null, calls: new Set(), judged: new Set(), tries: new Set() };
  let from = start;
  for (const boundary of boundaries(state, end)) {
    const until = Math.min(Math.max(boundary.time, from), end);
    if (until > from) push(stretches, at, from, until);
    from = until;
    pass(at, boundary);
  }
  if (end > from) push(stretches, at, from, end);
  for (const { kind, from, until } of stretches) sums[kind] += until - from;
  return { ...sums, total: end - start, spans: spansOf(stretches, start) };
}

/** What is the case at a moment. */
interface Moment {
  status: StatusChange | null;
  readonly calls: Set<Attempt>;
  readonly judged: Set<Attempt>;
  readonly tries: Set<Attempt>;
}

type Boundary =
  | { readonly time: number; readonly status: StatusChange }
  /** An attempt begins or ceases to be one of `where`. */
  | { readonly time: number; readonly where: Where; readonly attempt: Attempt; readonly begins: boolean };

type Where = 'calls' | 'judged' | 'tries';

function pass(at: Moment, boundary: Boundary): void {
  if ('status' in boundary) at.status = boundary.status;
  else if (boundary.begins) at[boundary.where].add(boundary.attempt);
  else at[boundary.where].delete(boundary.attempt);
}

interface Stretch {
  readonly kind: TimeKind;
  readonly from: number;
  until: number;
  readonly attempt: Attempt | null;
}

/** What changes when, in order. */
function boundaries(state: RunState, end: number): Boundary[] {
  const found: Boundary[] = state.history.map((status) => ({ time: Date.parse(status.at), status }));
  const follows = state.attempts.some(({ retry }) => retry !== null) ? followers(state.attempts) : null;
  for (const attempt of state.attempts) {
    const began = Date.parse(attempt.startedAt);
    const over = timeAt(attempt.endedAt, end);
    const answered = Math.min(Math.max(timeAt(attempt.answeredAt, end), began), over);
    stay(found, 'calls', attempt, began, answered);
    stay(found, 'judged', attempt, answered, over);
    if (attempt.retry === null) continue;
    const due = Date.parse(attempt.retry.retryAt);
    const tried = timeAt(follows?.get(attempt)?.startedAt ?? null, due);
    stay(found, 'tries', attempt, Date.parse(attempt.retry.scheduledAt), Math.min(tried, due));
  }
  return found.sort((one, other) => one.time - other.time);
}

/** Notes that `attempt` is one of `where` between two moments. */
function stay(found: Boundary[], where: Where, attempt: Attempt, from: number, until: number): void {
  if (until <= from) return;
  found.push({ time: from, where, attempt, begins: true });
  found.push({ time: until, where, attempt, begins: false });
}

function timeAt(time: DateTime | null, otherwise: number): number {
  return time === null ? otherwise : Date.parse(time);
}

/** Of each attempt the next one at the same place. */
function followers(attempts: readonly Attempt[]): Map<Attempt, Attempt> {
  const latest = new Map<string, Attempt>();
  const follows = new Map<Attempt, Attempt>();
  for (const attempt of attempts) {
    const place = `${attempt.stageOrder}/${attempt.itemIndex}`;
    const before = latest.get(place);
    if (before) follows.set(before, attempt);
    latest.set(place, attempt);
  }
  return follows;
}

function push(spans: Stretch[], at: Moment, from: number, until: number): void {
  const [kind, attempt] = goesTo(at);
  const last = spans.at(-1);
  if (last?.kind === kind && last.attempt === attempt) last.until = until;
  else spans.push({ kind, from, until, attempt });
}

function goesTo({ status, calls, judged, tries }: Moment): [TimeKind, Attempt | null] {
  if (status?.reason === 'JUDGE_WAIT') return ['judge', only(judged)];
  if (status?.status === 'PAUSED') {
    return status.reason === 'AWAITING_VALIDATION' ? ['person', only(judged)] : ['pause', null];
  }
  if (status?.status === 'RUNNING') {
    if (calls.size > 0) return ['model', only(calls)];
    if (judged.size > 0) return ['judge', only(judged)];
  }
  return tries.size > 0 ? ['retry', only(tries)] : ['turn', null];
}

function only(attempts: ReadonlySet<Attempt>): Attempt | null {
  const [first = null, second] = attempts;
  return second === undefined ? first : null;
}

function lastMoment({ history, attempts, endedAt, createdAt }: RunState): number {
  if (endedAt !== null) return Date.parse(endedAt);
  const moments = [createdAt, history.at(-1)?.at, attempts.at(-1)?.startedAt, attempts.at(-1)?.endedAt];
  return Math.max(...moments.filter((moment) => moment != null).map((moment) => Date.parse(moment)));
}

/** They lie end to end. */
function spansOf(stretches: readonly Stretch[], from: number): TimeSpan[] {
  let end = new Date(from).toISOString();
  return stretches.map(({ kind, until, attempt }) => {
    const start = end;
    end = new Date(until).toISOString();
    return attempt ? { kind, start, end, logId: attempt.logId, stageOrder: attempt.stageOrder } : { kind, start, end };
  });
}
