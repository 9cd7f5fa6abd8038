import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();

const run = (id: string, status: string, of: object = {}) => ({
  ...{ id, status, statusReason: null, errorMessage: null, currentStageOrder: null, workflowVersion: 4 },
  ...{ workflow: { id, name: `Bread ${id}` }, usage: { totalTokens: 1234 }, logs: listOf() },
  ...of,
});
const listOf = (...nodes: object[]) => ({
  ...{ nodes, edges: nodes.map((_, index) => ({ cursor: `${index}` })), countUpTo: nodes.length },
  pageInfo: { hasNextPage: false, endCursor: null },
});
const GOOD = run('good', 'COMPLETED');
const BAD = run('bad', 'FAILED', { errorMessage: 'stage 1 failed: too salty' });
type Args = { statuses?: string[] };
const executions = ({ statuses }: Args) =>
  listOf(...[GOOD, BAD].filter(({ status }) => statuses?.includes(status) ?? true));

const rows = async () => within(await screen.findByRole('region', { name: 'Runs, newest first' }));

test('each run says of what it is, and where it stands; beside them stands how many there are of each state', async () => {
  await openPage('/runs', { executions });
  const list = await rows();
  await list.findByRole('link', { name: /Completed.*Bread good.*1,234 tokens/ });
  list.getByRole('link', { name: /Failed.*Bread bad.*Stage 1: too salty/ });
  await screen.findByText('2 runs, newest first');
  await screen.findByRole('link', { name: 'Failed 1' });
});

test('where nothing has run it says how a run comes there; an empty view leads to all of them', async () => {
  const { click } = userEvent.setup();
  await openPage('/runs?statuses=CANCELLED', { executions: listOf() });
  await screen.findByText(/^No run is like that\./);
  await click(screen.getByRole('link', { name: 'All runs' }));
  await screen.findByText(/^Nothing has run yet\./);
});

test('what keeps them from being read is said, and they are read once more', async () => {
  const { click } = userEvent.setup();
  const answers = { executions: (_: Args): unknown => new Error('the database is away') };
  await openPage('/runs', answers);
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('The runs could not be read');
  alert.getByText('the database is away');
  answers.executions = executions;
  await click(alert.getByRole('button', { name: 'Try again' }));
  await (await rows()).findByRole('link', { name: /Bread good/ });
});

test('a run that is chosen is told of at the side, at an address; one that is gone says so', async () => {
  const { click } = userEvent.setup();
  await openPage('/runs?chosen=gone', {
    executions,
    execution: ({ id }: { id: string }) => (id === 'bad' ? BAD : null),
  });
  const side = within(await screen.findByRole('complementary', { name: 'The chosen run' }));
  await side.findByText('There is no such run');
  await click(await (await rows()).findByRole('link', { name: /Bread bad/ }));
  await side.findByRole('heading', { level: 2, name: 'Bread bad' });
  side.getByText('Stage 1 failed: too salty.');
  expect(window.location.search).toBe('?chosen=bad');
});

test('a view narrows the list by the address, and the server is asked for it', async () => {
  const { click } = userEvent.setup();
  const asked = vi.fn(executions);
  await openPage('/runs', { executions: asked });
  await click(await screen.findByRole('link', { name: /^Failed/, current: false }));
  await waitFor(async () => expect((await rows()).queryByRole('link', { name: /Bread good/ })).toBeNull());
  expect(window.location.search).toBe('?statuses=FAILED');
  expect(asked).toHaveBeenCalledWith(expect.objectContaining({ first: 100, statuses: ['FAILED'] }));
});
