import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Values } from './Values.tsx';

test('one value is offered in full, and several are counted', () => {
  const value = (name: string) => ({ name, value: 'moss' });
  const { rerender } = render(<Values title="Given" values={[value('topic')]} empty="" />);
  expect(screen.getByRole('button').textContent).toBe('In full');
  rerender(<Values title="Given" values={[value('topic'), value('tone')]} empty="" />);
  expect(screen.getByRole('button').textContent).toBe('All 2, in full');
});
