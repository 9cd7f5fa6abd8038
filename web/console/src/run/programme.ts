// The programme of a run: its stages in order, each with how it stands and with the attempts that are worth a line.

import { type Attempt, hasEnded, type RunState } from '@footlight/client';
import { groupBy } from './groupBy.ts';
import { momentsOf } from './moments.ts';
import { isUnderWay, placeStanding } from './standing.ts';
import type { RunStage, Standing } from './stages.ts';
import type { TakenOver } from './takenOver.ts';

export interface ProgrammeRow {
  stage: RunStage;
  standing: Standing;
  /** The run is at this stage. */
  isNow: boolean;
  visits: number;
  /** How long all its visits took together, once the last has ended. */
  tookMs: number | null;
  /** Since when it is under way. */
  since: string | null;
  /** In the order in which they began; none where one attempt passed at once. */
  tries: readonly Attempt[];
  /** Where it runs for each item of a list. */
  items: ItemCounts | null;
  /** The attempt that is shown for the stage as a whole. */
  lastLog: string | null;
  /** The run that it was taken over from, where this one has not come to it. */
  takenFrom: string | null;
}

export interface ItemCounts {
  total: number;
  passed: number;
  underWay: number;
  retrying: number;
  /** Items that came to no good end, by the last attempt of each. */
  failing: readonly Attempt[];
}

export function programmeOf(
  stages: readonly RunStage[],
  run: RunState,
  takenOver: TakenOver | null = null,
): ProgrammeRow[] {
  const byStage = groupBy(run.attempts, ({ stageOrder }) => stageOrder);
  return stages.map((stage) => {
    const attempts = byStage.get(stage.stageOrder);
    return attempts ? rowOf(stage, attempts, run) : restingRow(stage, run, takenOver);
  });
}

/** A stage that the run has not come to itself. */
function restingRow(stage: RunStage, run: RunState, takenOver: TakenOver | null): ProgrammeRow {
  const takenFrom = takenOver?.stages.has(stage.stageOrder) ? takenOver.runId : null;
  const todo = hasEnded(run.status) ? 'not run' : 'to come';
  return {
    stage,
    standing: takenFrom ? { mark: 'passed', word: 'taken over' } : { mark: 'todo', word: todo },
    isNow: isAt(stage, run),
    visits: 0,
    tookMs: null,
    since: null,
    tries: [],
    items: null,
    lastLog: null,
    takenFrom,
  };
}

const isAt = ({ stageOrder }: RunStage, run: RunState): boolean =>
  !hasEnded(run.status) && run.currentStageOrder === stageOrder;

function rowOf(stage: RunStage, attempts: readonly Attempt[], run: RunState): ProgrammeRow {
  const last = attempts.at(-1) as Attempt;
  const visits = [...groupBy(attempts, ({ visit }) => visit ?? 1).values()];
  const visit = visits.at(-1) ?? [];
  const items = last.itemCount === null ? null : countItems(last.itemCount, visit, run);
  const isOpen = visit.some(isUnderWay);
  return {
    stage,
    standing: visitStanding(stage, visit, run),
    isNow: isAt(stage, run),
    visits: visits.length,
    tookMs: isOpen ? null : visits.reduce((sum, one) => sum + spanMs(one), 0),
    since: isOpen ? (visit.find(isUnderWay) ?? last).startedAt : null,
    tries: items ? [] : worthLines(attempts),
    items,
    lastLog: last.logId,
    takenFrom: null,
  };
}

/** A stage that passed at once says it all in its own line. */
function worthLines(attempts: readonly Attempt[]): readonly Attempt[] {
  const [only] = attempts;
  const isPlain = attempts.length === 1 && only && !only.decision && !only.awaitsPerson;
  return isPlain ? [] : attempts;
}

/** From the start of the first to the end of the last, with what was waited for between them. */
function spanMs(visit: readonly Attempt[]): number {
  const [first] = visit;
  if (!first) return 0;
  const ends = visit.map(momentsOf).map(({ began, ended }) => ended ?? began);
  return ends.reduce((latest, end) => Math.max(latest, end)) - momentsOf(first).began;
}

export function lastOfItems(visit: readonly Attempt[]): Attempt[] {
  const last = new Map<number | null, Attempt>();
  for (const attempt of visit) last.set(attempt.itemIndex, attempt);
  return [...last.values()].sort((one, other) => (one.itemIndex ?? 0) - (other.itemIndex ?? 0));
}

function countItems(total: number, visit: readonly Attempt[], run: RunState): ItemCounts {
  const retried = new Set(run.waits.filter(({ kind }) => kind === 'retry').map(({ logId }) => logId));
  const counts = { total, passed: 0, underWay: 0, retrying: 0 };
  const failing: Attempt[] = [];
  for (const attempt of lastOfItems(visit)) {
    if (isUnderWay(attempt)) counts.underWay += 1;
    else if (attempt.verdict === 'PASS') counts.passed += 1;
    else if (retried.has(attempt.logId)) counts.retrying += 1;
    else failing.push(attempt);
  }
  return { ...counts, failing };
}

/** Nothing is written while the run stands so. */
const HELD: ReadonlySet<string> = new Set(['you', 'paused', 'retry']);

/** How a visit of a stage stands: as its last attempt, or as its items do together. */
export function visitStanding(stage: RunStage | undefined, visit: readonly Attempt[], run: RunState): Standing {
  const last = visit.at(-1) as Attempt;
  const standing = placeStanding(run, last);
  if (last.itemCount === null) return standing;
  const { total, passed, underWay, retrying, failing } = countItems(last.itemCount, visit, run);
  if (underWay > 0) return HELD.has(standing.mark) ? standing : { mark: 'running', word: 'writing' };
  if (passed + (stage?.skipsItems ? failing.length : 0) >= total) return { mark: 'passed', word: 'passed' };
  if (retrying > 0) return { mark: 'retry', word: 'waits to retry' };
  return failing.length > 0 ? { mark: 'failed', word: 'failed' } : standing;
}
