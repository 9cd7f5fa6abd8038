import type { MarkName } from '../ui/Mark.tsx';
import type { ChosenRunQuery } from './ChosenRun.generated.ts';
import type { Begun, Lamp } from './lamps.ts';

type Run = NonNullable<ChosenRunQuery['execution']>;
export type ListedAttempt = Run['logs']['nodes'][number];

/** What a lamp is made of. */
export type Attempt = Pick<
  ListedAttempt,
  'stageOrder' | 'attemptNumber' | 'visit' | 'itemIndex' | 'status' | 'validationResult'
>;

/** What became of a stage, all its attempts together. */
export interface StageSoFar extends Begun {
  order: number;
  name: string | null;
  attempts: number;
  /** How long all its visits took together, once the last has ended. */
  tookMs: number | null;
  /** Since when it is under way. */
  since: string | null;
  mark: MarkName;
  word: string;
}

/** The stages that were begun, in their order. */
export function stagesSoFar(attempts: readonly ListedAttempt[], isAwaited: boolean): StageSoFar[] {
  const stages = [...byStage(attempts)].sort(([one], [other]) => one - other);
  return stages.map(([order, own]) => {
    const decisive = decisiveOf(own);
    return {
      order,
      name: decisive.stageName,
      attempts: own.length,
      ...timeOf(own),
      ...shownAs(decisive, isAwaited),
      ...begunOf(own),
    };
  });
}

/** The same in small. */
export function begunBy(attempts: readonly Attempt[]): Map<number, Begun> {
  return new Map([...byStage(attempts)].map(([order, own]) => [order, begunOf(own)]));
}

/** As the run's own page has it: of each visit from the start of its first attempt to the end of its last. */
function timeOf(own: Own<ListedAttempt>): Pick<StageSoFar, 'tookMs' | 'since'> {
  const visits = new Map<number, Own<ListedAttempt>>();
  for (const attempt of own) {
    const others = visits.get(attempt.visit);
    if (others) others.push(attempt);
    else visits.set(attempt.visit, [attempt]);
  }
  const open = own.find(({ status }) => status === 'STARTED');
  if (open) return { tookMs: null, since: open.executedAt };
  const spans = [...visits.values()].map((visit) => Math.max(...visit.map(endOf)) - Date.parse(visit[0].executedAt));
  return { tookMs: spans.reduce((sum, span) => sum + span, 0), since: null };
}

const endOf = ({ executedAt, validatedAt, durationMs }: ListedAttempt): number =>
  validatedAt === null ? Date.parse(executedAt) + (durationMs ?? 0) : Date.parse(validatedAt);

/** A stage's attempts, oldest first; none has no attempts. */
type Own<Kind extends Attempt> = [Kind, ...Kind[]];

function byStage<Kind extends Attempt>(attempts: readonly Kind[]): Map<number, Own<Kind>> {
  const stages = new Map<number, Own<Kind>>();
  for (const attempt of attempts) {
    const others = stages.get(attempt.stageOrder);
    if (others) others.push(attempt);
    else stages.set(attempt.stageOrder, [attempt]);
  }
  return stages;
}

/**
 * The last attempt; of a visit for each item of a list the last at the item that did not pass, if there is one: whether its
 * stage may leave items out is in the definition, which is not read for a list of runs.
 */
function decisiveOf<Kind extends Attempt>(attempts: Own<Kind>): Kind {
  const last = attempts.at(-1) ?? attempts[0];
  const items = new Map(attempts.filter(({ visit }) => visit === last.visit).map((one) => [one.itemIndex, one]));
  const ends = [...items.values()];
  return ends.find(({ validationResult }) => isRefusal(validationResult)) ?? ends.find(isOpen) ?? last;
}

function begunOf(attempts: Own<Attempt>): Begun {
  const isRetried = attempts.some(({ attemptNumber }) => attemptNumber > 1);
  return { isRetried, lamp: lampOf(decisiveOf(attempts), isRetried) };
}

const isOpen = ({ status, validationResult }: Attempt): boolean =>
  status !== 'CANCELLED' && status !== 'INTERRUPTED' && validationResult === 'PENDING';

const isRefusal = (result: Attempt['validationResult']): boolean => result === 'FAIL' || result === 'ERROR';

function lampOf({ status, validationResult }: Attempt, isRetried: boolean): Lamp {
  if (status === 'CANCELLED' || status === 'INTERRUPTED') return 'todo';
  if (validationResult === 'PASS') return isRetried ? 'retried' : 'passed';
  return isRefusal(validationResult) ? 'failed' : 'running';
}

function shownAs({ status, validationResult }: Attempt, isAwaited: boolean): Pick<StageSoFar, 'mark' | 'word'> {
  if (status === 'CANCELLED') return { mark: 'cancelled', word: 'Cancelled' };
  if (status === 'INTERRUPTED') return { mark: 'lost', word: 'Process lost' };
  if (validationResult === 'PASS') return { mark: 'passed', word: 'Passed' };
  if (validationResult === 'FAIL') return { mark: 'failed', word: 'Refused' };
  if (validationResult === 'ERROR') return { mark: 'failed', word: 'Failed' };
  return isAwaited ? { mark: 'you', word: 'Waits for you' } : { mark: 'running', word: 'Running' };
}

/** The attempt that the run came to an end with, or cannot go on from yet: none that another one has followed. */
export function lastRefused(attempts: readonly ListedAttempt[]): ListedAttempt | null {
  const own = byStage(attempts).get(attempts.at(-1)?.stageOrder ?? 0);
  const last = own && decisiveOf(own);
  return last && isRefusal(last.validationResult) ? last : null;
}
