import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();

const RUN = {
  id: 'r',
  workflow: { id: 'w', name: 'Bread' },
  definition: { stages: [{ stageOrder: 1, name: 'Taste' }] },
  logs: { nodes: [] },
};
const letter = (id: string, answeredAt: string) => ({
  ...{ id, status: 'STARTED', validationResult: 'PENDING', stageOrder: 1, stageName: `Taste ${id}`, answeredAt },
  ...{ rawOutput: `Salt, says ${id}.`, attemptNumber: 1, visit: 1, execution: RUN, variables: [] },
});
const listOf = (...nodes: unknown[]) => ({
  nodes,
  countUpTo: nodes.length,
  pageInfo: { hasNextPage: false, endCursor: null },
});
const SOME = letter('some', '2026-01-02T03:04:05Z');
const OTHER = letter('other', '2026-01-03T03:04:05Z');

/** A server that has these letters, of which it lists those that wait. */
const serverOf = (letters: readonly (typeof SOME)[] = [SOME, OTHER]) => ({
  pendingValidations: () => listOf(...letters.filter(({ status }) => status === 'STARTED')),
  executionLog: ({ id }: { id: string }) => letters.find((one) => one.id === id) ?? null,
  execution: RUN,
});

test('what waits stands there, and the oldest is open, at an address of its own', async () => {
  await openPage('/inbox', serverOf());
  await screen.findByRole('heading', { level: 1, name: 'Taste some' });
  await within(screen.getByRole('article')).findByText('Salt, says some.');
  await waitFor(() => expect(window.location.pathname).toBe('/inbox/some'));
  const list = within(screen.getByRole('navigation', { name: 'What waits' }));
  list.getByText('2 wait for you');
  await list.findByText('Salt, says other.');
});

test('where nothing waits it says what will come', async () => {
  await openPage('/inbox', serverOf([]));
  await screen.findByText('All is decided');
  screen.getByText(/^Nothing waits for you\. A run comes here when/);
});

test('of one that is gone nothing can be decided', async () => {
  await openPage('/inbox/gone', serverOf());
  await screen.findByRole('heading', { level: 1, name: 'An answer that is not there' });
  screen.getByText(/^There is no such answer/);
  expect(screen.queryByRole('button', { name: /^Pass/ })).toBeNull();
});

test('what keeps the inbox from being read is said', async () => {
  await openPage('/inbox', { pendingValidations: new Error('the database is away') });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('The inbox could not be read');
  alert.getByText('the database is away');
});

test('a fail goes with what was written about it, and the next letter opens', async () => {
  const { keyboard } = userEvent.setup();
  const letters = [{ ...SOME }, OTHER];
  const recordManualValidation = vi.fn(({ input: { result } }) =>
    Object.assign(letters[0] ?? {}, { status: 'FINISHED', validationResult: result }),
  );
  await openPage('/inbox/some', { ...serverOf(letters), recordManualValidation });
  await screen.findByText('Salt, says some.', { selector: 'article *' });
  await waitFor(() => expect(document.querySelector('article[data-new]')).toBeNull());
  await keyboard('fToo salty{Control>}{Enter}{/Control}');
  await screen.findByRole('heading', { level: 1, name: 'Taste other' });
  const input = { logId: 'some', result: 'FAIL', notes: 'Too salty' };
  expect(recordManualValidation).toHaveBeenCalledExactlyOnceWith({ input });
  expect(window.location.pathname).toBe('/inbox/other');
  await screen.findByText('1 waits for you');
  screen.getByText(/You failed it at/);
});
