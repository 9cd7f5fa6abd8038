import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { draftWith } from './draft/draft.fixture.ts';
import { GoneWorkflow } from './GoneWorkflow.tsx';

const navigate = vi.hoisted(() => vi.fn());
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => navigate, Link: () => null }));
vi.mock('./draft/useMakeOf.ts', () => ({ useMakeOf: () => async () => ({ id: 'new' }) }));
vi.mock('./draft/LeaveGuard.tsx', () => ({ LeaveGuard: () => null }));

afterEach(cleanup);

function Gone() {
  const [isLeft, setLeft] = useState(true);
  const written = isLeft ? { before: draftWith([]), draft: draftWith([1]) } : null;
  return <GoneWorkflow written={written} models={[]} isAtRisk={false} onLetGo={() => setLeft(false)} />;
}

test('what a new workflow was made of is let go before the page is left, which would keep it', async () => {
  render(<Gone />);
  navigate.mockImplementation(() => expect(screen.queryByRole('heading', { level: 1 })).toBe(null));
  await userEvent.click(screen.getByRole('button', { name: 'Make a new workflow of it' }));
  expect(navigate).toHaveReturnedTimes(1);
});
