import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { PageTitle } from './PageTitle.tsx';

afterEach(cleanup);

test('the tab keeps its title until the next page says its own', () => {
  const { unmount } = render(<PageTitle>Runs</PageTitle>);
  expect(document.title).toBe('Runs · Footlight');
  unmount();
  expect(document.title).toBe('Runs · Footlight');
  render(<PageTitle>Inbox</PageTitle>);
  expect(document.title).toBe('Inbox · Footlight');
});
