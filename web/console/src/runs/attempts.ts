import type { MarkName } from '../ui/Mark.tsx';
import type { ChosenRunQuery } from './ChosenRun.generated.ts';
import { joined, type Lamp } from './lamps.ts';

type Run = NonNullable<ChosenRunQuery['execution']>;
export type ListedAttempt = Run['logs']['nodes'][number];

/** What became of a stage, all its attempts together. */
export interface StageSoFar {
  order: number;
  name: string | null;
  attempts: number;
  /** How long its models took, as far as they have answered. */
  ms: number;
  mark: MarkName;
  word: string;
  lamp: Lamp;
}

/** The stages that were begun, in their order. */
export function stagesSoFar(attempts: readonly ListedAttempt[], isAwaited: boolean): StageSoFar[] {
  const byOrder = new Map<number, ListedAttempt[]>();
  for (const attempt of attempts) {
    const others = byOrder.get(attempt.stageOrder);
    if (others) others.push(attempt);
    else byOrder.set(attempt.stageOrder, [attempt]);
  }
  return [...byOrder].sort(([one], [other]) => one - other).map(([order, own]) => soFar(order, own, isAwaited));
}

function soFar(order: number, attempts: readonly ListedAttempt[], isAwaited: boolean): StageSoFar {
  const last = attempts[attempts.length - 1] as ListedAttempt;
  const tries = Math.max(...attempts.map(({ attemptNumber }) => attemptNumber));
  return {
    order,
    name: last.stageName,
    attempts: attempts.length,
    ms: attempts.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0),
    ...shownAs(last, isAwaited, tries > 1),
  };
}

function shownAs(
  { status, validationResult }: ListedAttempt,
  isAwaited: boolean,
  isRetried: boolean,
): Pick<StageSoFar, 'mark' | 'word' | 'lamp'> {
  if (status === 'CANCELLED') return { mark: 'cancelled', word: 'Cancelled', lamp: 'todo' };
  if (status === 'INTERRUPTED') return { mark: 'lost', word: 'Process lost', lamp: 'todo' };
  if (validationResult === 'PASS') return { mark: 'passed', word: 'Passed', lamp: isRetried ? 'retried' : 'passed' };
  if (validationResult === 'FAIL') return { mark: 'failed', word: 'Refused', lamp: 'failed' };
  if (validationResult === 'ERROR') return { mark: 'failed', word: 'Failed', lamp: 'failed' };
  return isAwaited
    ? { mark: 'you', word: 'Waits for you', lamp: 'you' }
    : { mark: 'running', word: 'Running', lamp: 'running' };
}

/** The lamps of what was begun, and a dash for each stage to come. */
export function lampsOf(stages: readonly StageSoFar[], orders: readonly number[]): Lamp[] {
  const begun = new Map(stages.map(({ order, lamp }) => [order, lamp]));
  const all = [...new Set([...orders, ...begun.keys()])].sort((one, other) => one - other);
  return joined(all.map((order) => begun.get(order) ?? 'todo'));
}

/** The last attempt that did not pass, which mostly tells why. */
export const lastRefused = (attempts: readonly ListedAttempt[]): ListedAttempt | null =>
  attempts.findLast(({ validationResult }) => validationResult === 'FAIL' || validationResult === 'ERROR') ?? null;
