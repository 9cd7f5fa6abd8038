import type { Attempt, RunState } from '@footlight/client';
import { momentsOf } from './moments.ts';
import type { Standing } from './stages.ts';

/** How an attempt stands. */
export function standingOf(attempt: Attempt): Standing {
  switch (attempt.status) {
    case 'STARTED':
      if (attempt.awaitsPerson) return { mark: 'you', word: 'waits for you' };
      return { mark: 'running', word: isWriting(attempt) ? 'writing' : 'being judged' };
    case 'INTERRUPTED':
      return { mark: 'lost', word: 'its process was lost' };
    case 'CANCELLED':
      return { mark: 'cancelled', word: 'cancelled' };
    case 'FINISHED':
      if (attempt.verdict === 'PASS') return { mark: 'passed', word: 'passed' };
      return { mark: 'failed', word: attempt.verdict === 'FAIL' ? 'refused' : 'failed' };
  }
}

/** The same for the last attempt of a place, which another one may follow. */
export function placeStanding(run: RunState, attempt: Attempt): Standing {
  const waits = run.waits.some((wait) => wait.kind === 'retry' && wait.logId === attempt.logId);
  if (waits) return { mark: 'retry', word: 'waits to retry' };
  const isBetween = attempt.status === 'INTERRUPTED' || (isUnderWay(attempt) && !attempt.awaitsPerson);
  if (run.status === 'PAUSED' && isBetween) return { mark: 'paused', word: 'paused' };
  if (run.statusReason === 'JUDGE_WAIT' && isUnderWay(attempt)) return { mark: 'retry', word: 'waits for its judge' };
  return standingOf(attempt);
}

export const isUnderWay = (attempt: Attempt): boolean => attempt.status === 'STARTED';

/** Its words are coming: they are not all there, as far as anybody has said. */
export const isWriting = (attempt: Attempt): boolean =>
  isUnderWay(attempt) && !attempt.awaitsPerson && attempt.answeredAt === null;

/** How long an attempt took, its judge included; null while it is under way. */
export function tookMs(attempt: Attempt): number | null {
  const { began, ended } = momentsOf(attempt);
  return ended === null ? null : ended - began;
}

/** `1st`, `2nd`, `11th`. */
export function nth(value: number): string {
  const teen = value % 100 > 10 && value % 100 < 14;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}

/** Its standing as the end of "2nd answer, …"; nothing for what needs no word. */
export function afterword({ status, verdict, awaitsPerson, decision }: Attempt): string {
  if (status === 'INTERRUPTED') return ', its process was lost';
  if (status === 'CANCELLED') return ', cancelled';
  if (status === 'STARTED') return awaitsPerson ? ', waits for you' : '';
  if (verdict === 'PASS') return decision ? ', passed by you' : '';
  if (verdict === 'FAIL') return decision ? ', refused by you' : ', refused';
  return ', failed';
}
