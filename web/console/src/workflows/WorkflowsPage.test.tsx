import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();

const WORKFLOW = {
  id: 'w',
  name: 'Bread',
  inputNames: ['topic'],
  stages: [{ id: 's', stageOrder: 1 }],
  problems: [{ severity: 'ERROR' }],
  executions: { nodes: [{ id: 'r', status: 'FAILED', statusReason: null }] },
};
const NEW = { ...WORKFLOW, id: 'v', name: 'Tea', inputNames: [], problems: [], executions: { nodes: [] } };
const MODEL = { id: 'm', name: 'Small', provider: 'openai', available: true };

const listOf = (...nodes: { name: string }[]) => ({
  nodes,
  countUpTo: nodes.length,
  pageInfo: { hasNextPage: false, endCursor: null },
});

const entryOf = async (name: string) =>
  within((await screen.findByRole('link', { name })).closest('li') as HTMLElement);

test('each workflow says what it asks for, what is wrong with it, and how its last run went', async () => {
  await openPage('/', { workflows: listOf(WORKFLOW, NEW) });
  const bread = await entryOf('Bread');
  bread.getByText('topic');
  bread.getByText('1 problem');
  expect(bread.getByRole('link', { name: 'Failed' }).getAttribute('href')).toBe('/runs/r');
  const tea = await entryOf('Tea');
  tea.getByText('Has not run yet');
  expect(tea.queryByText(/problem/)).toBeNull();
  screen.getByText('2 workflows');
});

test('where there are none it says how to begin; a workflow that is written has a stage of the first model that can run', async () => {
  const { click } = userEvent.setup();
  const createWorkflow = vi.fn(() => ({ id: 'made' }));
  const models = [{ ...MODEL, id: 'away', available: false }, MODEL];
  await openPage('/', { workflows: listOf(), models, createWorkflow });
  await screen.findByRole('heading', { level: 1, name: 'Nothing is playing yet' });
  await click(screen.getByRole('button', { name: /^Write a workflow/ }));
  await waitFor(() => expect(window.location.pathname).toBe('/workflows/made'));
  const stages = [{ stageOrder: 1, name: 'First stage', modelId: 'm' }];
  expect(createWorkflow.mock.calls).toEqual([[{ input: { name: 'Untitled', stages } }]]);
});

test('what keeps them from being read is said', async () => {
  await openPage('/', { workflows: new Error('the database is away') });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('The workflows could not be read');
  alert.getByText('the database is away');
});

test('what is searched for stands in the address, and the server looks for it; nothing found is said', async () => {
  const { click, type } = userEvent.setup();
  const workflows = vi.fn(({ search }) => (search === null ? listOf(WORKFLOW) : listOf()));
  await openPage('/', { workflows });
  await type(await screen.findByRole('searchbox'), 'soup');
  await screen.findByText('No workflow has “soup” in its name.');
  expect(window.location.search).toBe('?search=soup');
  expect(workflows).toHaveBeenLastCalledWith(expect.objectContaining({ search: 'soup' }));
  await click(screen.getByRole('button', { name: 'Show all workflows' }));
  await screen.findByRole('link', { name: 'Bread' });
  expect(window.location.search).toBe('');
});

test('before one is deleted it says which of its runs that ends; then it is deleted by its id', async () => {
  const { click } = userEvent.setup();
  const deleteWorkflow = vi.fn(({ id }) => id);
  const workflows = () => (deleteWorkflow.mock.calls.length === 0 ? listOf(WORKFLOW, NEW) : listOf(NEW));
  await openPage('/', { workflows, executions: { countUpTo: 1 }, deleteWorkflow });
  await click((await entryOf('Bread')).getByRole('menuitem', { name: 'Delete…' }));
  const dialog = within(screen.getByRole('dialog'));
  await dialog.findByText(/One of its runs is under way: it is cancelled\./);
  await click(dialog.getByRole('button', { name: 'Delete the workflow' }));
  await screen.findByText('Deleted “Bread”.');
  expect(deleteWorkflow).toHaveBeenCalledWith({ id: 'w' });
  await screen.findByText('1 workflow');
  expect(screen.queryByRole('link', { name: 'Bread' })).toBeNull();
});
