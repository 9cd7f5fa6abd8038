import { waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Asked, clientOf, inABrowser, renderPage, routerAt } from './testing.tsx';

inABrowser();
// What was asked counts for some seconds, which the code of a page may take here.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

test.each([
  ['/', ['Workflows', 'OfferedModels']],
  ['/?search=x', ['Workflows', 'OfferedModels']],
  ['/runs/some', ['Run', 'RunNow']],
  ['/inbox', ['Inbox']],
  ['/inbox/some', ['Inbox', 'Letter']],
  ['/snapshots', ['Snapshots']],
  ['/snapshots?chosen=some', ['Snapshots', 'Snapshot']],
  ['/snapshots?chosen=some&against=other', ['Snapshots', 'Snapshot', 'Snapshot']],
  ['/workflows/some/snapshots', ['Snapshots', 'SnapshotSource']],
  ['/workflows/some/snapshots?chosen=some', ['Snapshots', 'SnapshotSource', 'Snapshot', 'DefinitionNow']],
  ['/compare', ['ComparableRuns']],
  ['/compare?left=some', ['CompareRun']],
  ['/compare?left=some&right=other', ['CompareRun', 'CompareRun']],
  ['/models', ['Models']],
  ['/settings', ['Settings']],
])('%s begins to read what its page shows, which nobody asks again', { timeout: 60_000 }, async (path, begun) => {
  const asked: Asked[] = [];
  const client = clientOf({}, asked);
  const router = routerAt(path, client);
  // The answers are there before the page is.
  await router.load();
  const names = () => asked.map(({ name }) => name).toSorted();
  await waitFor(() => expect(names()).toEqual(begun.toSorted()));
  renderPage(client, router);
  await waitFor(() => expect(document.querySelector('main h1')).not.toBeNull(), { timeout: 20_000 });
  // Whoever asks again has done so, and is answered.
  await waitFor(() => {
    const queries = [...client.getObservableQueries()];
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.filter((query) => query.getCurrentResult().loading)).toEqual([]);
  });
  expect(document.querySelector('main')?.textContent).not.toContain('could not be');
  const texts = asked.map((one) => JSON.stringify(one));
  expect(texts.filter((one, index) => texts.indexOf(one) !== index)).toEqual([]);
});
