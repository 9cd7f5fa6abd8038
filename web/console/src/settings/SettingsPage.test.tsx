import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser, openPage } from '../app/testing.tsx';

inABrowser();

const PROMPT = { id: 'p', name: 'Greeting', prompt: 'Say hello to {{name}}' };
const ME = {
  id: 'me',
  email: 'ann@example.org',
  fullName: 'Ann',
  isAdmin: true,
  maxSnapshots: 7,
  savedPrompts: [PROMPT],
};

test('it says who one is, and shows what one has set and kept', async () => {
  await openPage('/settings', { me: ME });
  await screen.findByText('Signed in as ann@example.org, an administrator.');
  expect(screen.getByLabelText('Your name')).toHaveProperty('value', 'Ann');
  expect(screen.getByLabelText('How many snapshots you may keep')).toHaveProperty('value', '7');
  screen.getByText('Say hello to {{name}}');
});

test('whoever has no address is named by the id; without kept prompts it says what they are for', async () => {
  await openPage('/settings', { me: { ...ME, email: null, isAdmin: false, savedPrompts: [] } });
  await screen.findByText('Signed in as me.');
  screen.getByText(/^None yet\./);
});

test('what keeps them from being read is said', async () => {
  await openPage('/settings', { me: new Error('the database is away') });
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('Your settings could not be read');
  alert.getByText('the database is away');
});

test('a name that is changed goes to the server once it is saved; a number that is none does not', async () => {
  const { clear, click, type } = userEvent.setup();
  const updateProfile = vi.fn(({ input }) => ({ ...ME, ...input }));
  const { asked } = await openPage('/settings', { me: ME, updateProfile });
  const number = await screen.findByLabelText('How many snapshots you may keep');
  await type(number, 'x');
  screen.getByText('This is a whole number');
  await click(screen.getByRole('button', { name: /^Save/ }));
  expect(asked.map(({ name }) => name)).not.toContain('UpdateProfile');
  await clear(number);
  await type(number, '12');
  await clear(screen.getByLabelText('Your name'));
  await click(screen.getByRole('button', { name: /^Save/ }));
  await screen.findByText('Saved');
  expect(updateProfile.mock.calls).toEqual([[{ input: { fullName: null, maxSnapshots: 12 } }]]);
});

test('a prompt that is kept joins those of this moment, not those that were read before', async () => {
  const { click, type } = userEvent.setup();
  let savedPrompts = [PROMPT];
  const updateProfile = vi.fn(({ input }) => ({ ...ME, ...input }));
  await openPage('/settings', { me: () => ({ ...ME, savedPrompts }), updateProfile });
  await click(await screen.findByRole('button', { name: 'Keep a prompt' }));
  // Meanwhile another tab keeps one.
  savedPrompts = [PROMPT, { ...PROMPT, id: 'q', name: 'Farewell' }];
  const dialog = within(screen.getByRole('dialog'));
  await type(dialog.getByLabelText('Name'), 'Thanks');
  await type(dialog.getByLabelText('Prompt'), 'Say thanks');
  await click(dialog.getByRole('button', { name: 'Keep it' }));
  await waitFor(() => expect(updateProfile).toHaveBeenCalledOnce());
  const sent = [...savedPrompts, { name: 'Thanks', prompt: 'Say thanks' }];
  expect(updateProfile).toHaveBeenCalledWith({ input: { savedPrompts: sent } });
});
