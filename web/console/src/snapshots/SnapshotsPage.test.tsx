import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();

const WORKFLOW = { id: 'w', name: 'Bread', version: 4 };
const KEPT = { id: 'kept', name: 'Before the oven', type: 'manual', sourceWorkflow: WORKFLOW };
const SAVED = { id: 'saved', name: 'Bread', type: 'automatic', sourceWorkflow: null };
const stage = { id: 's', stageOrder: 1, name: 'Bake', retryLimit: 0 };
const DATA = { name: 'Bread', description: null, metadata: {}, stages: [{ ...stage, promptTemplate: 'Bake it.' }] };

const listOf = (...nodes: { id: string }[]) => ({
  nodes,
  countUpTo: nodes.length,
  pageInfo: { hasNextPage: false, endCursor: null },
});
const known = { snapshots: listOf(KEPT, SAVED), snapshot: { ...KEPT, snapshotData: DATA } };

test('the snapshots of all workflows stand there with where they came from, beside one that is gone', async () => {
  await openPage('/snapshots?chosen=gone', { ...known, snapshot: null });
  await screen.findByText('2 snapshots are kept, of all workflows.');
  const list = within(screen.getByRole('navigation', { name: 'Snapshots' }));
  expect(list.getByRole('link', { name: /^Before the oven/ }).textContent).toMatch(/Bread$/);
  expect(list.getByRole('link', { name: /^Bread/ }).textContent).toMatch(/saved before a restoreits workflow is gone$/);
  screen.getByText('There is no such snapshot any more.');
});

test('a snapshot that is chosen tells what has changed since', async () => {
  const stages = [{ ...stage, promptTemplate: 'Bake it slowly.' }];
  await openPage('/snapshots?chosen=kept', { ...known, workflow: { ...DATA, ...WORKFLOW, stages } });
  await screen.findByRole('heading', { level: 2, name: 'Before the oven' });
  const differs = within(await screen.findByRole('region', { name: 'What differs' }));
  await differs.findByText('slowly', { exact: false });
});

test('where none is kept, it says how one comes there', async () => {
  await openPage('/snapshots', { snapshots: listOf() });
  await screen.findByText('None is kept, of all workflows.');
  screen.getByText(/^Nothing is kept yet\. Open a workflow/);
});

test('what keeps them from being read is said', async () => {
  await openPage('/snapshots', { snapshots: new Error('the database is away') });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('The snapshots could not be read');
  alert.getByText('the database is away');
});

test('one is restored in the place of its workflow, unless it is to be a new one', async () => {
  const { click } = userEvent.setup();
  const restoreSnapshot = vi.fn(() => ({ id: 'made' }));
  await openPage('/snapshots?chosen=kept', { ...known, workflow: WORKFLOW, restoreSnapshot });
  await click(await screen.findByRole('button', { name: 'Restore…' }));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByRole('radio', { name: /^In the place of/ })).toHaveProperty('checked', true);
  await click(dialog.getByRole('radio', { name: /^As a new workflow/ }));
  await click(dialog.getByRole('button', { name: 'Make a new workflow' }));
  await waitFor(() => expect(window.location.pathname).toBe('/workflows/made'));
  expect(restoreSnapshot.mock.calls).toEqual([[{ input: { snapshotId: 'kept', intoWorkflowId: null } }]]);
});
