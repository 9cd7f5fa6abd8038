import { act, cleanup, configure, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SignedIn } from './SignedIn.tsx';
import { supabaseSession } from './supabase.ts';

configure({ asyncUtilTimeout: 10_000 });

const URL_OF_PROJECT = 'https://project.example';

interface Asked {
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/** What the double of Supabase was asked; `down` is what it does in the place of an answer. */
let asked: Asked[];
let down: ((question: Asked) => Response) | null;

const unreachable = () => {
  throw new TypeError('Failed to fetch');
};

const answerTo = ({ path, query, body }: Asked): Response => {
  if (path === '/auth/v1/settings') return Response.json({ external: { email: true, github: true } });
  if (path === '/auth/v1/otp') return Response.json({});
  const isKnown = query.get('grant_type') !== 'password' || body.password === 'right';
  if (path === '/auth/v1/token' && isKnown) return Response.json(sessionOf('fresh'));
  if (path === '/auth/v1/logout') return new Response(null, { status: 204 });
  return Response.json(
    { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' },
    { status: 400 },
  );
};

const part = (value: object) => btoa(JSON.stringify(value)).replaceAll('=', '');

const sessionOf = (name: string, seconds = 3600) => {
  const expires_at = Math.floor(Date.now() / 1000) + seconds;
  return {
    access_token: `${part({ alg: 'HS256' })}.${part({ sub: 'me', exp: expires_at, name })}.x`,
    token_type: 'bearer',
    expires_in: seconds,
    expires_at,
    refresh_token: name,
    user: { id: 'me', aud: 'authenticated', app_metadata: {}, user_metadata: {}, created_at: '' },
  };
};

beforeEach(() => {
  asked = [];
  down = null;
  // One client a test is more than auth-js expects of a page.
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.stubGlobal('fetch', async (to: string, { body }: { body?: string } = {}) => {
    const { pathname: path, searchParams: query } = new URL(to);
    const question = { path, query, body: body ? JSON.parse(body) : {} };
    asked.push(question);
    return down ? down(question) : answerTo(question);
  });
});
afterEach(() => {
  cleanup();
  localStorage.clear();
  window.history.replaceState(null, '', '/');
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function arrive(address: string): Promise<void> {
  window.history.replaceState(null, '', address);
  const session = await supabaseSession(URL_OF_PROJECT, 'anon');
  render(<SignedIn session={session}>{() => <p>the console</p>}</SignedIn>);
}

const address = () => window.location.href.slice(window.location.origin.length);
const ask = (name: string) => asked.filter(({ path }) => path === `/auth/v1/${name}`);

test.each([
  [
    '/runs?since=week#access_token=a.b.c&refresh_token=r&expires_in=3600&token_type=bearer&type=invite',
    'takes from no link',
  ],
  ['/runs?since=week&access_token=a.b.c&refresh_token=r', 'takes from no link'],
  ['/runs?since=week&token_hash=abc&type=email', 'takes from no link'],
  ['/runs?since=week#error=access_denied&error_code=otp_expired&error_description=Email+link+is+invalid', 'too old'],
  ['/runs?since=week&error=access_denied&error_description=You+said+no', 'You said no'],
  ['/runs?since=week&error=server_error', 'server_error'],
  ['/runs?since=week&code=somebody-elses', 'not for this browser'],
])('%s: nothing of it stays in the address, and why nobody is signed in is said', async (from, said) => {
  await arrive(from);
  expect(address()).toBe('/runs?since=week');
  expect((await screen.findByRole('alert')).textContent).toContain(said);
  expect(await screen.findByLabelText('Email')).toBeDefined();
  expect(JSON.stringify([asked, { ...localStorage }])).not.toMatch(/a\.b\.c|token_hash/);
});

test('a code for this browser is exchanged, out of the address before anybody answers, and what else stands there stays', async () => {
  localStorage.setItem('footlight.session-code-verifier', '"verifier"');
  let atExchange = '';
  down = () => {
    atExchange = address();
    down = null;
    return Response.json(sessionOf('fresh'));
  };
  await arrive('/runs?since=week&code=mine#here');
  await screen.findByText('the console');
  expect(ask('token').map(({ body }) => body)).toEqual([{ auth_code: 'mine', code_verifier: 'verifier' }]);
  expect([atExchange, address()]).toEqual(['/runs?since=week#here', '/runs?since=week#here']);
});

test('a code that cannot be exchanged is gone from the address, too', async () => {
  localStorage.setItem('footlight.session-code-verifier', '"verifier"');
  down = () => {
    down = null;
    return unreachable();
  };
  await arrive('/?code=mine');
  expect((await screen.findByRole('alert')).textContent).toContain('Supabase does not answer');
  expect(address()).toBe('/');
});

test('where Supabase does not answer that is said; it is asked again by a press and by itself', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  down = unreachable;
  await arrive('/');
  expect((await screen.findByRole('alert')).textContent).toContain('Supabase cannot be reached');
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByText('Supabase cannot be reached');
  down = () => new Response('', { status: 503 });
  await act(() => vi.advanceTimersByTimeAsync(5000));
  await screen.findByText('Supabase answers with an error (503)');
  down = null;
  fireEvent(window, new Event('online'));
  await screen.findByLabelText('Email');
  expect(ask('settings')).toHaveLength(4);
});

test('whoever is kept while Supabase does not answer sees that before auth-js gives up, and is signed in once it does', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  localStorage.setItem('footlight.session', JSON.stringify(sessionOf('old', -60)));
  down = unreachable;
  const began = Date.now();
  await arrive('/');
  await screen.findByText('Supabase cannot be reached');
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(screen.queryByLabelText('Email')).toBeNull();
  down = null;
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  await screen.findByText('the console');
});

test('a code by mail brings a link back to the page, and there is a way back to the password', async () => {
  await arrive('/runs?since=week');
  fireEvent.change(await screen.findByLabelText('Email'), { target: { value: 'noor@example.org' } });
  fireEvent.click(screen.getByRole('button', { name: /Send me a code/ }));
  await screen.findByLabelText('Code from the mail');
  const [{ query, body }] = ask('otp') as [Asked];
  expect(query.get('redirect_to')).toBe(`${window.location.origin}/runs?since=week`);
  expect(body).toMatchObject({ email: 'noor@example.org', code_challenge_method: 's256' });
  fireEvent.click(screen.getByRole('button', { name: 'Use the password' }));
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'wrong' } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  await screen.findByText('Invalid login credentials');
  expect(screen.queryByLabelText('Code from the mail')).toBeNull();
});

test('a session that can be renewed no more ends with a word, and one that somebody ends without', async () => {
  localStorage.setItem('footlight.session', JSON.stringify(sessionOf('good')));
  const session = await supabaseSession(URL_OF_PROJECT, 'anon');
  render(<SignedIn session={session}>{() => <p>the console</p>}</SignedIn>);
  await screen.findByText('the console');
  const gone = { code: 400, error_code: 'refresh_token_not_found', msg: 'gone' };
  down = (question) => (question.path.endsWith('/token') ? Response.json(gone, { status: 400 }) : answerTo(question));
  vi.useFakeTimers({ shouldAdvanceTime: true, now: Date.now() + 7_200_000 });
  await act(async () => void (await session.token()));
  down = null;
  await screen.findByText('You are signed out');
  fireEvent.change(screen.getByLabelText('Email'), { target: { value: 'noor@example.org' } });
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'right' } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  await screen.findByText('the console');
  await act(async () => session.signOut?.());
  await screen.findByLabelText('Password');
  expect(screen.queryByText('You are signed out')).toBeNull();
});

test('a session that the server does not believe ends with a word', async () => {
  localStorage.setItem('footlight.session', JSON.stringify(sessionOf('good')));
  const session = await supabaseSession(URL_OF_PROJECT, 'anon');
  render(<SignedIn session={session}>{() => <p>the console</p>}</SignedIn>);
  await screen.findByText('the console');
  await act(async () => session.refused?.());
  await screen.findByText('The server takes your session no longer');
  expect(localStorage.getItem('footlight.session')).toBeNull();
});
