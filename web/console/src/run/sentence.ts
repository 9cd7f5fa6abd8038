// What a run does or waits for, as one sentence under its title.

import { type Attempt, hasEnded, type RunState } from '@footlight/client';
import { statusMark } from '../ui/status.ts';
import { count, counted, duration, ordinal } from '../ui/time.ts';
import { judgeName, type RunStage, type Standing } from './stages.ts';

/** A time in a sentence ticks, without the words around it. */
type Part = string | { since: string } | { until: string };

export interface Sentence extends Standing {
  parts: readonly Part[];
}

/** What the server says of the run besides its events. */
export interface Told {
  errorMessage: string | null;
  pauseRequested: boolean;
  waitingFor: string;
  /** `Diagnosis.message`. */
  message: string;
}

export function sentenceOf(run: RunState, stages: readonly RunStage[], told: Told | null): Sentence {
  if (run.status === null) return { mark: 'pending', word: 'Reading its events', parts: [] };
  const standing = statusMark(run.status, run.statusReason);
  return {
    ...standing,
    parts: hasEnded(run.status) ? endOf(run, stages) : [...doing(run, stages, told), ...then(run, told)],
  };
}

function doing(run: RunState, stages: readonly RunStage[], told: Told | null): Part[] {
  if (told?.waitingFor === 'RESCUE') return [`${capital(told.message)}.`];
  const [wait] = run.waits;
  switch (wait?.kind) {
    case 'person':
      return [
        `${place(wait.stageOrder ?? run.currentStageOrder, stages)} has waited for your decision for `,
        { since: wait.since },
        '.',
      ];
    case 'pause':
      return [`${capital(told?.waitingFor === 'RESUME' ? told.message : 'it goes on when it is resumed')}.`];
    case 'judge':
      return [`The judge of ${inner(run.currentStageOrder, stages)} did not answer, and is asked again.`];
    case 'turn':
      return [told && OF_TURNS.has(told.waitingFor) ? `${capital(told.message)}.` : 'It waits for its turn.'];
  }
  const [open] = run.open;
  const attempt = open === undefined ? undefined : run.attempts[open];
  if (attempt?.itemCount != null) return items(attempt, run, stages);
  if (attempt) return writing(attempt, run, stages, told);
  if (wait?.kind === 'retry') return retrying(wait.stageOrder, wait.until, stages);
  return run.attempts.length === 0 ? ['It is about to begin.'] : ['The next stage is about to begin.'];
}

/** What the server may say of a run that waits for its turn; anything else it said before. */
const OF_TURNS: ReadonlySet<string> = new Set(['TURN', 'USER_LIMIT', 'RETRY', 'JUDGE']);

function then(run: RunState, told: Told | null): Part[] {
  if (told?.pauseRequested && run.status !== 'PAUSED') return [' It pauses when that is done.'];
  return run.status === 'RUNNING' ? [' Nothing waits for you.'] : [];
}

function writing(attempt: Attempt, run: RunState, stages: readonly RunStage[], told: Told | null): Part[] {
  const { stageOrder, attemptNumber } = attempt;
  const visit = attempt.visit ?? 1;
  const where = place(stageOrder, stages);
  const again = visit > 1 ? `, on its ${ordinal(visit)} visit,` : '';
  if (told?.waitingFor === 'JUDGE') return [`${where} has answered; the judge reads it.`];
  const before = run.attempts.findLast(
    (other) => other.stageOrder === stageOrder && other.attemptNumber === attemptNumber - 1,
  );
  const why = before && (before.visit ?? 1) === visit ? whyAgain(before, stages) : '';
  return [`${where}${again} is writing its ${ordinal(attemptNumber)} answer${why}.`];
}

function whyAgain(before: Attempt, stages: readonly RunStage[]): string {
  const which = `the ${ordinal(before.attemptNumber)}`;
  if (before.status === 'INTERRUPTED') return `; ${which} was lost with its process`;
  if (before.verdict === 'ERROR') return `; ${which} came to no verdict`;
  if (before.verdict !== 'FAIL') return '';
  const stage = stages.find(({ stageOrder }) => stageOrder === before.stageOrder);
  return `; ${judgeName(stage)} refused ${which}`;
}

function items(attempt: Attempt, run: RunState, stages: readonly RunStage[]): Part[] {
  const all = run.attempts.filter(
    ({ stageOrder, visit }) => stageOrder === attempt.stageOrder && visit === attempt.visit,
  );
  const done = all.filter(({ verdict }) => verdict === 'PASS').length;
  const total = counted(attempt.itemCount ?? 0, 'item');
  return [
    `${place(attempt.stageOrder, stages)} has passed ${count(done)} of ${total}; ${count(run.open.length)} under way.`,
  ];
}

function retrying(stageOrder: number | null, until: string | null, stages: readonly RunStage[]): Part[] {
  const where = place(stageOrder, stages);
  return until === null ? [`${where} is tried again.`] : [`${where} is tried again in `, { until }, '.'];
}

function endOf(run: RunState, stages: readonly RunStage[]): Part[] {
  const last = run.attempts.at(-1);
  if (run.status === 'COMPLETED') {
    const passed = new Set(run.attempts.map(({ stageOrder }) => stageOrder)).size;
    const what = `${counted(passed, 'stage')}, ${counted(run.attempts.length, 'answer')}, in ${length(run)}.`;
    return run.statusReason === 'UNTIL_STAGE' && last
      ? [`It ended after stage ${last.stageOrder}, as was asked: ${what}`]
      : [capital(what)];
  }
  if (!last)
    return [run.status === 'FAILED' ? 'It failed before its first stage.' : 'It was cancelled before its first stage.'];
  if (run.status === 'CANCELLED')
    return [`It was cancelled at ${inner(last.stageOrder, stages)}, after ${length(run)}.`];
  return [`${failed(last, run, stages)} The run took ${length(run)}.`];
}

/** `Stage 3 failed after 4 tries.` */
export function failed(last: Attempt, run: RunState, stages: readonly RunStage[]): string {
  if (run.statusReason === 'LOOP_LIMIT') return `It went in circles, last at ${inner(last.stageOrder, stages)}.`;
  const same = ({ stageOrder, visit, itemIndex }: Attempt) =>
    stageOrder === last.stageOrder && visit === last.visit && itemIndex === last.itemIndex;
  const tries = run.attempts.filter(same).length;
  return `${place(last.stageOrder, stages)} failed${tries > 1 ? ` after ${tries} tries` : ''}.`;
}

function length(run: RunState): string {
  if (run.createdAt === null || run.endedAt === null) return 'no time';
  return duration(Date.parse(run.endedAt) - Date.parse(run.createdAt));
}

/** `Stage 8 of 12`; without the number of stages where their orders are not just counted. */
function place(stageOrder: number | null, stages: readonly RunStage[]): string {
  return capital(inner(stageOrder, stages));
}

function inner(stageOrder: number | null, stages: readonly RunStage[]): string {
  if (stageOrder === null) return 'the next stage';
  const isCounted = stages.every((stage, index) => stage.stageOrder === index + 1);
  return isCounted && stages.length > 1 ? `stage ${stageOrder} of ${stages.length}` : `stage ${stageOrder}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
