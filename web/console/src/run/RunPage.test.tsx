import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { happened, inABrowser, openPage } from '../app/testing.tsx';
import { asked, finished, started, status } from './testing.ts';

inABrowser();

const RUN = {
  ...{ id: 'some', workflow: { id: 'w', name: 'Bread', version: 5 }, workflowVersion: 4, rerunOf: null },
  ...{ status: 'COMPLETED', statusReason: null, executionInputs: {}, errorMessage: null },
  definition: {
    stages: [
      { stageOrder: 1, name: 'Knead', validationType: 'NONE' },
      { stageOrder: 2, name: 'Bake', validationType: 'MANUAL' },
    ],
  },
};
const texts: Record<string, string> = { '1.1': 'Flour and water.', '2.1': 'Forty minutes.' };
const executionLog = ({ id }: { id: string }) => ({ id, rawOutput: texts[id], editedOutput: null });
const begun = [status('RUNNING'), started(1), finished(1, 'PASS'), started(2)];

test('a run that is over says so, with what each of its stages answered; one is chosen by the address', async () => {
  const { click } = userEvent.setup();
  const all = happened(...begun, finished(2, 'PASS'), status('COMPLETED'));
  await openPage('/runs/some', { execution: { ...RUN, ...all }, executionLog });
  await screen.findByRole('heading', { level: 1, name: 'Bread' });
  await screen.findByText(/2 stages, 2 answers, in/i);
  screen.getByText('version 4, pinned');
  screen.getByRole('link', { name: 'the workflow, version 5 now' });
  await screen.findByText('Flour and water.');
  await screen.findByText('Forty minutes.');
  const names = screen
    .getAllByRole('article')
    .map((scene) => within(scene).getByRole('heading', { level: 2 }).textContent);
  expect(names).toEqual(['Knead', 'Bake']);
  await click(screen.getByRole('button', { name: 'Knead', pressed: false }));
  await waitFor(() => expect(decodeURIComponent(window.location.search)).toBe('?log="1.1"'));
});

test('a run that waits for a person leads to the decision', async () => {
  const all = happened(...begun, asked(2), status('PAUSED', 'AWAITING_VALIDATION'));
  const execution = { ...RUN, status: 'PAUSED', statusReason: 'AWAITING_VALIDATION', ...all };
  await openPage('/runs/some', { execution, executionLog });
  await screen.findByText(/Stage 2 of 2 has waited for your decision for/);
  const links = screen.getAllByRole('link', { name: 'Read and decide' });
  expect(new Set(links.map((link) => link.getAttribute('href')))).toEqual(new Set(['/inbox/2.1']));
});

test.each([
  [
    'RESCUE',
    'its process is gone: another process takes it up',
    'wait: another process takes it up within some seconds',
  ],
  ['TURN', 'it waits for a free slot', 'wait: it begins by itself'],
  ['RETRY', 'stage 2: the provider said 503', 'wait: it is tried again by itself'],
])('what it waits for and what helps stands in a bar: %s', async (waitingFor, message, advice) => {
  const diagnosis = { waitingFor, message, advice: [advice], since: '2026-12-01T10:00:00Z', until: null };
  const execution = { ...RUN, status: 'RUNNING', diagnosis, ...happened(...begun) };
  await openPage('/runs/some', { execution, executionLog });
  const told = await screen.findByText(new RegExp(`^${message}\\.`, 'i'), { selector: 'main p:not([role=status])' });
  expect(told.textContent?.toLowerCase()).toBe(`${message}. ${advice}`);
});

test('a run that is gone says so', async () => {
  await openPage('/runs/some', { execution: null });
  await screen.findByRole('heading', { level: 1, name: 'A run that is not there' });
});

test('what keeps it from being read is said', async () => {
  await openPage('/runs/some', { execution: new Error('the database is away') });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('This run could not be read');
  alert.getByText('the database is away');
});

test('a run is cancelled once that was asked about, and why it was not is said', async () => {
  const { click } = userEvent.setup();
  const cancelExecution = vi.fn(() => new Error('the run has ended'));
  await openPage('/runs/some', {
    execution: { ...RUN, status: 'RUNNING', ...happened(...begun) },
    executionLog,
    cancelExecution,
  });
  await screen.findByText(/Stage 2 of 2 is writing its first answer/);
  await click(screen.getByRole('button', { name: 'Cancel the run' }));
  expect(cancelExecution).not.toHaveBeenCalled();
  await click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Cancel the run' }));
  await screen.findByText('The run has ended.');
  expect(cancelExecution).toHaveBeenCalledExactlyOnceWith({ id: 'some' });
});
