// A state that a batch of events is written into: what is changed is copied once a batch, and the rest is shared with the
// state before.

import { hasEnded } from '../schema.ts';
import type { Attempt, RunState, Wait } from './state.ts';

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export class Draft {
  readonly run: Writable<RunState>;
  readonly #before: RunState;
  #attempts: Attempt[] | null = null;

  constructor(before: RunState) {
    this.#before = before;
    this.run = { ...before };
  }

  begin(attempt: Attempt): void {
    this.run.open = [...this.run.open, this.#own().push(attempt) - 1];
  }

  change(index: number, changes: Partial<Attempt>): void {
    const attempts = this.#own();
    const attempt = attempts[index];
    if (attempt) attempts[index] = { ...attempt, ...changes };
  }

  /** Changes an attempt that is under way no more. */
  close(index: number, changes: Partial<Attempt>): void {
    this.change(index, { awaitsPerson: false, ...changes });
    this.run.open = this.run.open.filter((other) => other !== index);
  }

  /** Where the newest attempt is that fits: most often among those under way, else not far from the end. */
  find(fits: (attempt: Attempt) => boolean): number | null {
    const { attempts, open } = this.run;
    const isFit = (index: number) => fits(attempts[index] as Attempt);
    const found = open.findLast(isFit);
    if (found !== undefined) return found;
    const last = attempts.findLastIndex(fits);
    return last < 0 ? null : last;
  }

  openWhere(fits: (attempt: Attempt) => boolean): number[] {
    return this.run.open.filter((index) => fits(this.run.attempts[index] as Attempt));
  }

  /** The state as it is now; the draft is not used any more. */
  finish(): RunState {
    return this.run.lastSeq === this.#before.lastSeq && this.#attempts === null ? this.#before : this.run;
  }

  #own(): Attempt[] {
    if (this.#attempts === null) {
      this.#attempts = [...this.run.attempts];
      this.run.attempts = this.#attempts;
    }
    return this.#attempts;
  }
}

/** What a state by itself waits for; tries that are to come are waits of their own. */
export function waitOf(run: RunState): Wait | null {
  const { status, statusReason: reason, history } = run;
  const since = history.at(-1)?.at;
  if (status === null || since === undefined || hasEnded(status)) return null;
  const wait = { since, until: null, reason, stageOrder: null, itemIndex: null, logId: null };
  if (reason === 'JUDGE_WAIT') return { ...wait, kind: 'judge' };
  if (status === 'RUNNING' || reason === 'RETRY_WAIT') return null;
  if (status === 'PENDING') return { ...wait, kind: 'turn' };
  if (reason !== 'AWAITING_VALIDATION') return { ...wait, kind: 'pause' };
  const index = run.open.find((open) => run.attempts[open]?.awaitsPerson);
  const attempt = index === undefined ? undefined : run.attempts[index];
  if (!attempt) return { ...wait, kind: 'person' };
  const { stageOrder, itemIndex, logId } = attempt;
  return { ...wait, kind: 'person', stageOrder, itemIndex, logId };
}
