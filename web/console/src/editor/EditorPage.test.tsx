import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();
afterEach(() => void vi.restoreAllMocks());

const STAGE = {
  ...{ id: 's', stageOrder: 1, key: null, name: 'Knead', systemTemplate: null, messages: null },
  ...{ promptTemplate: 'Knead it.', retryPromptTemplate: null, model: { id: 'm' }, timeoutSeconds: null },
  ...{ validationType: 'NONE', validationCriteria: null, outputVariables: null, inputVariableMapping: null },
  ...{ retryLimit: 0, nextStageOnPass: null, nextStageOnFail: null, routes: null, forEach: null, flowiseConfig: null },
};
const BAKE = { ...STAGE, id: 't', stageOrder: 2, name: 'Bake', promptTemplate: 'Bake it.' };
const WORKFLOW = {
  ...{ id: 'some', version: 4, name: 'Bread', description: null, outputMapping: null, inputNames: [] },
  stages: [STAGE, BAKE],
};
const known = { workflow: WORKFLOW, executions: { countUpTo: 2 }, checkWorkflow: [] };

test('it says which version it is, what runs of it, and which stages it has; the first is open, and another by the address', async () => {
  const { click } = userEvent.setup();
  await openPage('/workflows/some', known);
  await screen.findByRole('heading', { level: 1, name: 'Bread' });
  screen.getByText('version 4; 2 runs under way, which keep the version of their start');
  await screen.findByText('2 stages, no problem found.');
  const stages = within(screen.getByRole('navigation', { name: 'Stages' }));
  expect(stages.getByRole('link', { current: true }).textContent).toContain('Knead');
  screen.getByRole('region', { name: 'Stage 1' });
  await click(stages.getByRole('link', { name: /Bake/ }));
  await screen.findByRole('region', { name: 'Stage 2' });
  expect(window.location.search).toBe('?stage=2');
});

test('what is wrong with a stage stands at it', async () => {
  const problem = { severity: 'ERROR', code: 'NO_MODEL', message: 'it has no model', stageOrder: 2, field: 'modelId' };
  await openPage('/workflows/some', { ...known, checkWorkflow: [problem] });
  await screen.findByText('2 stages. 1 problem keeps a run from going through.');
  screen.getByRole('link', { name: /Bake.*no model chosen/ });
});

test('a workflow that is gone is a page that is not there', async () => {
  await openPage('/workflows/some', { ...known, workflow: null });
  await screen.findByRole('heading', { level: 1, name: 'A page that is not there' });
});

test('what keeps it from being read is said', async () => {
  // What a page throws is told there, too.
  for (const name of ['error', 'warn'] as const) vi.spyOn(console, name).mockImplementation(() => {});
  await openPage('/workflows/some', { ...known, workflow: new Error('the database is away') });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('This page could not be shown');
  alert.getByText('the database is away');
});

test('a name that is written anew is saved on the version that is known, and nothing beside it', async () => {
  const { clear, click, type } = userEvent.setup();
  const updateWorkflow = vi.fn(({ input }) => ({ ...WORKFLOW, ...input, version: 5 }));
  const updateWorkflowStages = vi.fn();
  await openPage('/workflows/some?stage=0', { ...known, updateWorkflow, updateWorkflowStages });
  const field = await screen.findByLabelText('Name of the workflow');
  await clear(field);
  await type(field, 'Rye');
  await click(screen.getByRole('button', { name: /^Save…/ }));
  await click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Save' }));
  await screen.findByText('Saved: 1 change');
  const input = { id: 'some', expectedVersion: 4, name: 'Rye', description: null, metadata: {} };
  expect(updateWorkflow).toHaveBeenCalledExactlyOnceWith({ input });
  expect(updateWorkflowStages).not.toHaveBeenCalled();
  await screen.findByText(/^version 5/);
});
