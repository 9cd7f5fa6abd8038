import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();

const WORKFLOW = {
  id: 'some',
  name: 'Bread',
  version: 4,
  inputNames: ['topic', 'length'],
  stages: [
    { id: 's', stageOrder: 1, name: 'Knead' },
    { id: 't', stageOrder: 2, name: null },
  ],
  problems: [{ severity: 'ERROR', code: 'NO_PROMPT', message: 'stage 2 has no prompt', stageOrder: 2 }],
};
const runs = (...nodes: object[]) => ({ nodes, pageInfo: { hasNextPage: false, endCursor: null } });

test('it asks for what the workflow asks for, and says what may keep a run from starting, and that none has started', async () => {
  await openPage('/workflows/some/start', { workflow: WORKFLOW, executions: runs() });
  await screen.findByText(/^Version 4 asks for 2 inputs\./);
  expect(
    screen.getAllByRole('textbox').map((field) => (field as HTMLTextAreaElement).labels?.[0]?.textContent),
  ).toEqual(['topic', 'length']);
  screen.getByText('stage 2 has no prompt');
  await screen.findByText(/^It has not run yet\./);
  screen.getByRole('option', { name: 'stage 1, Knead, has passed' });
});

test('the runs before it stand beside it, and one of them is taken up by the address', async () => {
  const { click } = userEvent.setup();
  const run = { id: 'r', status: 'COMPLETED', statusReason: null, workflowVersion: 3 };
  await openPage('/workflows/some/start', { workflow: WORKFLOW, executions: runs(run) });
  await click(await screen.findByRole('link', { name: /Completed.*version 3/ }));
  await waitFor(() => expect(window.location.search).toBe('?from=r'));
});

test('a workflow that is gone is a page that is not there', async () => {
  await openPage('/workflows/some/start', { workflow: null });
  await screen.findByRole('heading', { level: 1, name: 'A page that is not there' });
});

test('what keeps it from being read is said', async () => {
  await openPage('/workflows/some/start', { workflow: new Error('the database is away') });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('The workflow could not be read');
  alert.getByText('the database is away');
});

test('a run starts with what was written, a number as JSON, as far as it was asked, and is gone to', async () => {
  const { click, selectOptions, type } = userEvent.setup();
  const startExecution = vi.fn(() => ({ id: 'r' }));
  await openPage('/workflows/some/start', { workflow: WORKFLOW, startExecution });
  await type(await screen.findByLabelText('topic'), 'Rye');
  await type(screen.getByLabelText('length'), '12');
  await click(screen.getByRole('checkbox', { name: 'JSON : length' }));
  await selectOptions(screen.getByLabelText('Until'), 'stage 1, Knead, has passed');
  await click(screen.getByRole('button', { name: /^Start/ }));
  await waitFor(() => expect(window.location.pathname).toBe('/runs/r'));
  expect(startExecution).toHaveBeenCalledExactlyOnceWith({
    input: {
      workflowId: 'some',
      inputs: { topic: 'Rye', length: 12 },
      untilStageOrder: 1,
      clientKey: expect.any(String),
    },
  });
});
