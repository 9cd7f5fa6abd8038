import type { EarlierAnswersQuery } from './EarlierAnswers.generated.ts';

type Attempt = NonNullable<EarlierAnswersQuery['execution']>['logs']['nodes'][number];

/** What this stage answered before. */
export interface Earlier {
  id: string;
  attemptNumber: number;
  visit: number;
  isRefused: boolean;
  /** There may be a text of it to compare with. */
  hasAnswer: boolean;
  why: string | null;
  at: string;
}

/** The attempts before this one, oldest first. */
export function earlierOf(attempts: readonly Attempt[], id: string): Earlier[] {
  const at = attempts.findIndex((attempt) => attempt.id === id);
  return attempts.slice(0, Math.max(at, 0)).map((attempt) => ({
    id: attempt.id,
    attemptNumber: attempt.attemptNumber,
    visit: attempt.visit,
    isRefused: attempt.validationResult === 'FAIL',
    hasAnswer: attempt.validationResult === 'FAIL' || attempt.validationResult === 'PASS',
    why: attempt.validatorNotes ?? attempt.errorMessage,
    at: attempt.validatedAt ?? attempt.executedAt,
  }));
}
