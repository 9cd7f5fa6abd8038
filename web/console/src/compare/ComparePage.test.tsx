import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { happened, inABrowser, openPage } from '../app/testing.tsx';
import { finished, started, status } from '../run/testing.ts';

inABrowser();

const BREAD = { id: 'w', name: 'Bread' };
const run = (id: string, tokens: number, topic: string) => ({
  ...{ id, workflow: BREAD, workflowVersion: 2, status: 'COMPLETED', statusReason: null, rerunOf: null },
  ...{ definition: { stages: [{ id: 's', stageOrder: 1, name: 'Knead' }] }, executionInputs: { topic } },
  usage: { promptTokens: tokens, completionTokens: 0 },
  ...happened(status('RUNNING'), started(1), finished(1, 'PASS'), status('COMPLETED')),
});
const RUNS: Record<string, object> = { one: run('one', 5, 'rye'), two: run('two', 8, 'oats') };
const execution = ({ id }: { id: string }) => RUNS[id] ?? null;
const list = { nodes: Object.values(RUNS), pageInfo: { hasNextPage: false, endCursor: null } };

test('two runs are chosen one after the other, the second of those of the same workflow', async () => {
  const { click } = userEvent.setup();
  const executions = ({ workflowId }: { workflowId: string | null }) =>
    workflowId === 'w' ? { ...list, nodes: [RUNS.one, RUNS.two] } : { ...list, nodes: [RUNS.one] };
  await openPage('/compare', { executions, execution });
  await screen.findByText('Choose the first of two runs.');
  await click(await screen.findByRole('button', { name: /Bread.*one$/ }));
  await screen.findByText('Choose the run to compare it with.');
  expect(window.location.search).toBe('?left=one');
  await click(await screen.findByRole('button', { name: /Bread.*two$/ }));
  await waitFor(() => expect(window.location.search).toBe('?left=one&right=two'));
});

test('where there is no other run it says what to do', async () => {
  await openPage('/compare?left=one', { executions: { ...list, nodes: [RUNS.one] }, execution });
  await screen.findByText(/^There is no other run of this workflow yet\./);
});

test('two runs stand side by side: what they answered, and how they differ; the address swaps them', async () => {
  const { click } = userEvent.setup();
  const executionLog = { rawOutput: 'Flour and water.', editedOutput: null };
  await openPage('/compare?left=one&right=two', { execution, executionLog });
  await screen.findByText(
    'The right one took as long and 3 tokens more. Their definitions are the same; 1 input differs.',
  );
  const answers = within(screen.getByRole('region', { name: 'What they answered' }));
  answers.getByRole('heading', { level: 3, name: /Knead/ });
  await answers.findByText('Both answered the same.');
  within(screen.getByRole('complementary', { name: 'How they differ' })).getByRole('heading', { name: 'topic' });
  await click(screen.getByRole('button', { name: /^Swap the sides/ }));
  await screen.findByText(/^The right one took as long and 3 tokens less\./);
  expect(window.location.search).toBe('?left=two&right=one');
});

test('a run that is gone is said of its side', async () => {
  await openPage('/compare?left=one&right=three', { execution });
  await screen.findByText(/^The run on the right is not there\./);
  screen.getByRole('button', { name: 'Choose another run' });
});

test('what keeps one from being read is said of its side', async () => {
  const broken = ({ id }: { id: string }) => (id === 'one' ? new Error('the database is away') : RUNS[id]);
  await openPage('/compare?left=one&right=two', { execution: broken });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('The run on the left could not be read');
  alert.getByText('the database is away');
});
