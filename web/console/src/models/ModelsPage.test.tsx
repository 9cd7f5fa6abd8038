import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();

const MODEL = { id: 'm', name: 'Small', provider: 'openai', modelIdentifierForFlowise: 'gpt-small', available: true };

test('everybody reads the catalogue, by provider; only administrators may change it', async () => {
  await openPage('/models', { models: [MODEL, { ...MODEL, id: 'n', name: 'Large' }], me: { isAdmin: false } });
  await screen.findByRole('heading', { level: 3, name: 'Small' });
  screen.getByRole('heading', { level: 3, name: 'Large' });
  expect(screen.queryByRole('button', { name: 'Add a model' })).toBeNull();
});

test('an empty catalogue says who can fill it', async () => {
  await openPage('/models', { models: [], me: { isAdmin: false } });
  await screen.findByText(/An administrator can add one/);
});

test('what keeps it from being read is said, and it can be tried again', async () => {
  const models = vi.fn<() => unknown>(() => new Error('the database is away'));
  await openPage('/models', { models, me: { isAdmin: false } });
  await screen.findByText('The catalogue could not be read');
  screen.getByText('the database is away');
  models.mockReturnValue([MODEL]);
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('heading', { level: 3, name: 'Small' });
  expect(screen.queryByText('The catalogue could not be read')).toBeNull();
});

test('a model that is added goes to the server as it was filled in', async () => {
  const { click, type } = userEvent.setup();
  const upsertModel = vi.fn(({ input }) => ({ ...MODEL, ...input, id: 'new' }));
  await openPage('/models', { models: [MODEL], me: { isAdmin: true }, upsertModel });
  await click(await screen.findByRole('button', { name: 'Add a model' }));
  const dialog = within(screen.getByRole('dialog'));
  await click(dialog.getByRole('button', { name: /Save the model/ }));
  expect(upsertModel).not.toHaveBeenCalled();
  await type(dialog.getByLabelText('Name, for people'), 'Tiny');
  await type(dialog.getByLabelText('Provider'), 'openai');
  await type(dialog.getByLabelText('What the provider calls it'), 'gpt-tiny');
  await click(dialog.getByRole('button', { name: /Save the model/ }));
  const filled = { name: 'Tiny', provider: 'openai', modelIdentifierForFlowise: 'gpt-tiny' };
  await waitFor(() => expect(upsertModel).toHaveBeenCalledWith({ input: expect.objectContaining(filled) }));
  await screen.findByText('Saved Tiny');
  expect(screen.queryByRole('dialog')).toBeNull();
});
