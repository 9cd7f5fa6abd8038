import { moment } from '../ui/time.ts';
import type { RunRowFragment } from './RunRow.generated.ts';
import type { RowStage } from './stages.ts';

export type StandingRun = Pick<
  RunRowFragment,
  'status' | 'statusReason' | 'errorMessage' | 'currentStageOrder' | 'pauseRequested' | 'nextRunAt'
>;

/** Where a run stands, in one sentence; null where its state says all. */
export function standing(run: StandingRun, stages: readonly RowStage[] | null): string | null {
  const at = placeOf(run.currentStageOrder, stages);
  switch (run.status) {
    case 'RUNNING':
      if (!at) return 'About to begin';
      return run.pauseRequested ? `${at} is under way, then it pauses` : `${at} is under way`;
    case 'PENDING':
      return waiting(run, at);
    case 'PAUSED':
      if (run.statusReason === 'AWAITING_VALIDATION') return `${at ?? 'A stage'} waits for a decision`;
      return at ? `Paused before it goes on with ${lower(at)}` : 'Paused before its first stage';
    case 'FAILED':
      return failure(run.errorMessage);
    case 'CANCELLED':
      return at ? `Cancelled at ${lower(at)}` : 'Cancelled before it began';
    case 'COMPLETED':
      return run.statusReason === 'UNTIL_STAGE' ? 'Ended after the stage that it was to run to' : null;
  }
}

/** In a row there is room for the place and the reason: `Stage 2: the output does not match the pattern`. */
function failure(message: string | null): string {
  if (message === null) return 'Nobody said why';
  const short = message.replace(/^stage (\d+)(?: \(.*\))? failed: /s, 'Stage $1: ');
  return `${short.charAt(0).toUpperCase()}${short.slice(1)}`;
}

function waiting({ statusReason, nextRunAt }: StandingRun, at: string | null): string {
  const when = nextRunAt ? ` at ${moment(nextRunAt)}` : '';
  if (statusReason === 'RETRY_WAIT') return `${at ?? 'A stage'} tries again${when}`;
  if (statusReason === 'JUDGE_WAIT') return `The judge of ${at ? lower(at) : 'a stage'} is asked again${when}`;
  return at ? `Waits for a free slot to go on with ${lower(at)}` : 'Waits for a free slot';
}

function placeOf(order: number | null, stages: readonly RowStage[] | null): string | null {
  if (order === null) return null;
  const name = stages?.find(({ stageOrder }) => stageOrder === order)?.name;
  return name ? `Stage ${order}, ${name},` : `Stage ${order}`;
}

/** In the middle or at the end of a sentence. */
const lower = (place: string) => `s${place.slice(1)}`.replace(/,$/, '');
