import type { Attempt } from '@footlight/client';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { stage } from '../testing.ts';
import { Refused } from './Asides.tsx';

const refused = (more: Partial<Attempt>) =>
  ({
    logId: 'log',
    attemptNumber: 1,
    status: 'FINISHED',
    verdict: 'FAIL',
    notes: null,
    errorMessage: null,
    ...more,
  }) as Attempt;

test('what a judge said is quoted; what a check or the server found is told', () => {
  const show = (attempt: Attempt, judge: 'LLM' | 'FUNCTION') => (
    <Refused attempt={attempt} stage={stage(1, { judge })} onChoose={() => {}} />
  );
  const { rerender } = render(show(refused({ notes: 'Too long.' }), 'LLM'));
  expect(screen.getByText('Too long.').tagName).toBe('Q');
  rerender(show(refused({ notes: 'max_length: 80 of 40' }), 'FUNCTION'));
  expect(screen.getByText('max_length: 80 of 40').tagName).toBe('P');
  rerender(show(refused({ verdict: 'ERROR', errorMessage: 'the output is no JSON' }), 'LLM'));
  expect(screen.getByText('the output is no JSON').tagName).toBe('P');
});
