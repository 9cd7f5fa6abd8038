import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { inABrowser } from '../app/testing.tsx';
import { SignIn } from './SignIn.tsx';
import { pastedSession } from './session.ts';
import type { SupabaseSession } from './supabase.ts';
import type { Ways } from './ways.ts';

inABrowser();

const supabase = (ways: Ways | Error, others: Partial<SupabaseSession> = {}): SupabaseSession => ({
  kind: 'supabase',
  userId: () => null,
  token: () => null,
  subscribe: () => () => {},
  refusal: () => null,
  ways: () => (ways instanceof Error ? Promise.reject(ways) : Promise.resolve(ways)),
  byPassword: async () => null,
  sendCode: async () => null,
  byCode: async () => null,
  byProvider: async () => null,
  ...others,
});

test('a token that is none is refused in words; one that names a user signs in, with what stands before it left out', async () => {
  const { clear, click, type } = userEvent.setup();
  const session = pastedSession();
  render(<SignIn session={session} />);
  const field = screen.getByLabelText('Access token');
  await type(field, 'nonsense');
  await click(screen.getByRole('button', { name: 'Sign in' }));
  screen.getByText(/^This is no access token/);
  expect(session.userId()).toBeNull();
  await clear(field);
  const token = `x.${btoa(JSON.stringify({ sub: 'ann' }))}.x`;
  await type(field, `Bearer ${token}`);
  await click(screen.getByRole('button', { name: 'Sign in' }));
  expect(session.userId()).toBe('ann');
  expect(session.token()).toBe(token);
});

test('the ways that the project has on are offered, and no others', async () => {
  const { click } = userEvent.setup();
  const byProvider = vi.fn(async () => 'GitHub is not set up');
  render(<SignIn session={supabase({ email: false, providers: ['github', 'linkedin_oidc'] }, { byProvider })} />);
  await screen.findByRole('button', { name: 'Sign in with LinkedIn' });
  expect(screen.queryByLabelText('Email')).toBeNull();
  await click(screen.getByRole('button', { name: 'Sign in with GitHub' }));
  expect(byProvider).toHaveBeenCalledWith('github');
  await screen.findByText('GitHub is not set up');
});

test('with email one signs in by a password; why it is refused stands at the field', async () => {
  const { click, type } = userEvent.setup();
  const byPassword = vi.fn(async () => 'Invalid login credentials');
  render(<SignIn session={supabase({ email: true, providers: [] }, { byPassword })} />);
  await type(await screen.findByLabelText('Email'), 'ann@example.org');
  await type(screen.getByLabelText('Password'), 'wrong');
  await click(screen.getByRole('button', { name: 'Sign in' }));
  await screen.findByText('Invalid login credentials');
  expect(byPassword).toHaveBeenCalledWith('ann@example.org', 'wrong');
  expect(screen.getByLabelText('Password').getAttribute('aria-invalid')).toBe('true');
});

test('with email one signs in by a code, too, once it was sent; blanks that were pasted with it are not of it', async () => {
  const { click, type } = userEvent.setup();
  const [sendCode, byCode] = [vi.fn(async () => null), vi.fn(async () => null)];
  render(<SignIn session={supabase({ email: true, providers: [] }, { sendCode, byCode })} />);
  await type(await screen.findByLabelText('Email'), 'ann@example.org');
  await click(screen.getByRole('button', { name: 'Send me a code by mail' }));
  await type(await screen.findByLabelText('Code from the mail'), ' 123456 ');
  expect(sendCode).toHaveBeenCalledWith('ann@example.org');
  await click(screen.getByRole('button', { name: 'Sign in' }));
  expect(byCode).toHaveBeenCalledWith('ann@example.org', '123456');
});

test('why nobody can sign in, and why one is not signed in any more, are told', async () => {
  const nobody = render(<SignIn session={supabase({ email: false, providers: [] })} />);
  await screen.findByText('This project has no way to sign in');
  nobody.unmount();
  const broken = render(<SignIn session={supabase(new Error('Supabase answered 401'))} />);
  await screen.findByText('Nobody can sign in now');
  screen.getByText('Supabase answered 401');
  broken.unmount();
  const refusal = () => ({ what: 'You are signed out', why: 'Your session is over.' });
  render(<SignIn session={supabase({ email: true, providers: [] }, { refusal })} />);
  await screen.findByText('You are signed out');
});
