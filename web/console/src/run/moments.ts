import type { Attempt } from '@footlight/client';

/** In milliseconds since 1970, null where the attempt has it so. */
interface Moments {
  began: number;
  answered: number | null;
  asked: number | null;
  ended: number | null;
}

const known = new WeakMap<Attempt, Moments>();

/** When an attempt began and so on. It is read once of each: they do not change, and a long run has thousands. */
export function momentsOf(attempt: Attempt): Moments {
  let moments = known.get(attempt);
  if (!moments) {
    const { startedAt, answeredAt, askedAt, endedAt } = attempt;
    moments = { began: Date.parse(startedAt), answered: read(answeredAt), asked: read(askedAt), ended: read(endedAt) };
    known.set(attempt, moments);
  }
  return moments;
}

const read = (moment: string | null): number | null => (moment === null ? null : Date.parse(moment));
