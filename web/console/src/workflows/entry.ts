// What a workflow's entry in the list says, in words.

import { problemWords } from '../definition/problemWords.ts';
import { counted, moment } from '../ui/time.ts';
import { isOver } from '../ui/status.ts';
import type { WorkflowEntryFragment } from './WorkflowEntry.generated.ts';

type Run = WorkflowEntryFragment['executions']['nodes'][number];

/** How long ago something was, as far as that is of use: then the time, or the day. */
export function ago(at: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - new Date(at).getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const isToday = new Date(at).toDateString() === now.toDateString();
  return isToday ? `at ${moment(at, now)}` : `on ${moment(at, now)}`;
}

/** When the last run came to the state that it is in, or has been in it since. */
export function sinceWords(run: Pick<Run, 'status' | 'createdAt' | 'startedAt' | 'completedAt'>, now: Date): string {
  if (isOver(run.status)) return ago(run.completedAt ?? run.createdAt, now);
  return `started ${ago(run.startedAt ?? run.createdAt, now)}`;
}

/** Where a run stands among the stages of its workflow, for readers that do not see the lamps. */
export function placeWords(
  { status, currentStageOrder }: Pick<Run, 'status' | 'currentStageOrder'>,
  stages: readonly number[],
): string {
  if (currentStageOrder !== null) return `at stage ${currentStageOrder} of ${stages.length}`;
  return status === 'COMPLETED'
    ? `all of ${counted(stages.length, 'stage')}`
    : `before the first of ${counted(stages.length, 'stage')}`;
}

/** What it is made of, and when it was last touched. */
export function whatWords(workflow: WorkflowEntryFragment, now: Date): string {
  const stages = workflow.stages.length === 0 ? 'no stages yet' : counted(workflow.stages.length, 'stage');
  const changed =
    workflow.version === 1 ? `made ${ago(workflow.createdAt, now)}` : `changed ${ago(workflow.updatedAt, now)}`;
  return `${stages}, version ${workflow.version}, ${changed}`;
}

/** The inputs that it asks for, cut where there are many. */
export function inputWords(names: readonly string[]): { shown: string; others: number } | null {
  if (names.length === 0) return null;
  const shown = names.slice(0, 4);
  return { shown: shown.join(', '), others: names.length - shown.length };
}

export interface ProblemCount {
  words: string;
  /** Would a run fail of it? */
  isBad: boolean;
}

/** How many problems there are of each kind; null where there are none. Hints may be left as they are. */
export function problemCount(problems: WorkflowEntryFragment['problems']): ProblemCount | null {
  const told = problems.filter(({ severity }) => severity !== 'HINT');
  if (told.length === 0) return null;
  return { words: problemWords(told), isBad: told.some(({ severity }) => severity === 'ERROR') };
}
