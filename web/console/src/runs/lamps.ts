import type { ExecutionStatus } from '../schema.generated.ts';

/** A stage as a small lamp: low passed, tall retried, full running, hollow waits for you, sunk refused for good. */
export type Lamp = 'passed' | 'retried' | 'running' | 'you' | 'failed' | 'todo';

/** More lamps than this are not told apart: neighbours that passed become one. */
const MOST = 24;

interface Place {
  status: ExecutionStatus;
  statusReason: string | null;
  currentStageOrder: number | null;
}

/** Where a run stands among its stages, by its place alone. */
export function lampsByPlace({ status, statusReason, currentStageOrder }: Place, orders: readonly number[]): Lamp[] {
  if (status === 'COMPLETED' && statusReason !== 'UNTIL_STAGE') return orders.map(() => 'passed');
  const here = lampHere(status, statusReason);
  return joined(
    orders.map((order) => {
      if (currentStageOrder === null) return status === 'COMPLETED' ? 'passed' : 'todo';
      if (order === currentStageOrder) return here;
      return order < currentStageOrder ? 'passed' : 'todo';
    }),
  );
}

function lampHere(status: ExecutionStatus, reason: string | null): Lamp {
  if (status === 'FAILED') return 'failed';
  if (status === 'RUNNING') return 'running';
  if (status === 'PAUSED' && reason === 'AWAITING_VALIDATION') return 'you';
  if (status === 'PENDING' && (reason === 'RETRY_WAIT' || reason === 'JUDGE_WAIT')) return 'retried';
  return 'todo';
}

export function joined(lamps: readonly Lamp[]): Lamp[] {
  let left = lamps.length - MOST;
  return lamps.filter((lamp, index) => {
    const joins = left > 0 && lamp === 'passed' && lamps[index - 1] === 'passed';
    if (joins) left -= 1;
    return !joins;
  });
}
