import type { ExecutionStatus } from '../schema.generated.ts';
import { counted } from '../ui/time.ts';

/** A stage as a small lamp: low passed, tall retried, full running, hollow waits for you, sunk refused for good. */
export type Lamp = 'passed' | 'retried' | 'running' | 'you' | 'failed' | 'todo';

/** More lamps than this are not told apart: neighbours that passed become one. */
const MOST = 24;

export interface Place {
  status: ExecutionStatus;
  statusReason: string | null;
  currentStageOrder: number | null;
}

/** What the attempts at a stage came to. */
export interface Begun {
  lamp: Lamp;
  isRetried: boolean;
}

/** What is known of a run's attempts, by the orders of their stages. */
export interface Attempted {
  stages: ReadonlyMap<number, Begun>;
  /** These are all, up to where the run is now. */
  isWhole: boolean;
}

/** Where a run stands among its stages, by its place alone. */
export const lampsByPlace = (place: Place, orders: readonly number[]): Lamp[] =>
  joined(orders.map((order) => lampByPlace(place, order)));

/**
 * What became of each stage, and what is now. As long as nothing is known of the attempts, or not all, a run is thought
 * to have come straight to where it is.
 */
export function lampsOf(place: Place, orders: readonly number[], attempted: Attempted | null): Lamp[] {
  if (!attempted) return lampsByPlace(place, orders);
  const { stages, isWhole } = attempted;
  const all = [...new Set([...orders, ...stages.keys()])].sort((one, other) => one - other);
  return joined(
    all.map((order) => {
      const begun = stages.get(order);
      if (isWhole && !isAt(place, order)) return begun?.lamp ?? 'todo';
      const lamp = lampByPlace(place, order);
      return lamp === 'passed' && begun?.isRetried ? 'retried' : lamp;
    }),
  );
}

/** What the lamps say, for who does not see them. */
export function lampsInWords(place: Place, orders: readonly number[], lamps: readonly Lamp[]): string {
  const stages = counted(orders.length, 'stage');
  const at = orders.findIndex((order) => isAt(place, order)) + 1;
  const said = [at > 0 ? `at ${at} of ${stages}` : stages];
  const tell = (lamp: Lamp, words: string) => {
    const count = lamps.filter((one) => one === lamp).length;
    if (count > 0) said.push(`${count} ${words}`);
  };
  tell('retried', 'tried again');
  if (place.status !== 'FAILED') tell('failed', 'refused');
  if (place.status === 'COMPLETED') tell('todo', 'not run');
  return said.join(', ');
}

function lampByPlace(place: Place, order: number): Lamp {
  const { status, statusReason, currentStageOrder } = place;
  if (status === 'COMPLETED' && statusReason !== 'UNTIL_STAGE') return 'passed';
  if (isAt(place, order)) return lampHere(status, statusReason);
  if (currentStageOrder === null) return status === 'COMPLETED' ? 'passed' : 'todo';
  return order <= currentStageOrder ? 'passed' : 'todo';
}

/** What a stage brought before says nothing of where the run is at it again. */
const isAt = ({ status, currentStageOrder }: Place, order: number): boolean =>
  status !== 'COMPLETED' && order === currentStageOrder;

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
