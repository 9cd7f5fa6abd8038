import { expect, test } from 'vitest';
import { type StandingRun, standing } from './sentence.ts';

const run = (fields: Partial<StandingRun>): StandingRun => ({
  status: 'RUNNING',
  statusReason: null,
  errorMessage: null,
  currentStageOrder: 2,
  pauseRequested: false,
  nextRunAt: null,
  ...fields,
});
const stages = [{ stageOrder: 2, name: 'Headline' }];

test('a sentence says where a run stands', () => {
  expect(standing(run({}), stages)).toBe('Stage 2, Headline, is under way');
  expect(standing(run({}), null)).toBe('Stage 2 is under way');
  expect(standing(run({ pauseRequested: true }), null)).toBe('Stage 2 is under way, then it pauses');
  expect(standing(run({ status: 'PAUSED', statusReason: 'AWAITING_VALIDATION' }), stages)).toBe(
    'Stage 2, Headline, waits for a decision',
  );
  expect(standing(run({ status: 'PAUSED', statusReason: 'PAUSE_REQUESTED' }), stages)).toBe(
    'Paused before it goes on with stage 2, Headline',
  );
  expect(standing(run({ status: 'PENDING', currentStageOrder: null }), stages)).toBe('Waits for a free slot');
  expect(standing(run({ status: 'PENDING', statusReason: 'JUDGE_WAIT' }), stages)).toBe(
    'The judge of stage 2, Headline is asked again',
  );
  expect(standing(run({ status: 'CANCELLED' }), stages)).toBe('Cancelled at stage 2, Headline');
  expect(standing(run({ status: 'FAILED', errorMessage: 'stage 2 (Head (line)) failed: no JSON' }), stages)).toBe(
    'Stage 2: no JSON',
  );
  expect(standing(run({ status: 'FAILED', errorMessage: 'too many visits' }), stages)).toBe('Too many visits');
  expect(standing(run({ status: 'COMPLETED' }), stages)).toBeNull();
});
