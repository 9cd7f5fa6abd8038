import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Sums } from './Sums.tsx';

const show = (account: React.ComponentProps<typeof Sums>['account']) =>
  render(<Sums account={account} isOver={false} view="lane" onView={() => {}} />);

test('before its first event no time is told of a run', () => {
  const { unmount } = show(null);
  expect(screen.queryByText(/so far/)).toBeNull();
  unmount();
  show({ total: '2 s', parts: [] });
  expect(screen.getByText('2 s so far')).not.toBeNull();
});
