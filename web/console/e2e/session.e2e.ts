import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { accessibilityFaults, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';
import { startDev, startServer } from './support/server.ts';
import { startSupabase } from './support/supabase.ts';

const supabase = await startSupabase(randomUUID());
afterAll(() => supabase.stop());
const { server, browser } = await opened({ SUPABASE_URL: supabase.url, SUPABASE_ANON_KEY: 'anon' });
supabase.token = () => server.token({ user: supabase.userId, issuer: `${supabase.url}/auth/v1` });

const arrive = (path = '/') => visit(browser, server.origin, path, { hosts: [supabase.url] });

test('a wrong password is refused in words, the right one signs in, and a reload keeps it', async () => {
  const { page, complaints, close } = await arrive('/runs');
  await page.getByLabel('Email').fill('noor@example.org');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Invalid login credentials').waitFor();
  complaints.length = 0; // The browser logs the refusal's status.
  await page.getByLabel('Password').fill(supabase.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a code that came by mail signs in', async () => {
  const { page, complaints, close } = await arrive();
  await page.getByLabel('Email').fill('noor@example.org');
  await page.getByRole('button', { name: 'Send me a code by mail' }).click();
  await page.getByLabel('Code from the mail').fill(supabase.code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a provider that is on signs in, comes back to the page, and leaves no code in its address', async () => {
  const { page, complaints, close } = await arrive('/runs');
  expect(await page.getByRole('button', { name: 'Sign in with Google' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Sign in with Github' }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/runs');
  expect(page.url()).not.toContain('code');
  expect(complaints).toEqual([]);
  await close();
});

test('the code of a provider is good only with the verifier of whoever asked for it, and only once', async () => {
  const { page, close } = await arrive('/runs');
  const calls: { auth_code: string; code_verifier: string }[] = [];
  await page.route('**/auth/v1/token?grant_type=pkce', async (route) => {
    const call = route.request().postDataJSON();
    calls.push(call);
    const isFirst = calls.length === 1;
    await route.continue(isFirst ? { postData: { ...call, code_verifier: call.code_verifier.replace(/.$/, '') } } : {});
  });
  const withGithub = page.getByRole('button', { name: 'Sign in with Github' });
  await withGithub.click();
  await page.getByText('The provider did not sign you in').waitFor();
  await page.getByText('code challenge does not match').waitFor();
  await withGithub.click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  const [refused, taken] = calls;
  expect(taken?.code_verifier).not.toBe(refused?.code_verifier);
  // Neither the one whose verifier was wrong nor the one that was taken is good again.
  for (const call of calls) {
    const again = { method: 'POST', body: JSON.stringify(call) };
    expect((await fetch(`${supabase.url}/auth/v1/token?grant_type=pkce`, again)).status).toBe(400);
  }
  await close();
});

test('a provider whose code is refused, or is for another browser, is told of until somebody signs in', async () => {
  const { page, close } = await arrive('/runs?code=elsewhere');
  await page.getByText('The provider did not sign you in').waitFor();
  await page.reload();
  await page.getByLabel('Email').waitFor();
  expect(await page.getByText('The provider did not sign you in').count()).toBe(0);
  const location = `${server.origin}/runs?code=stale`;
  await page.route('**/authorize?*', (route) => route.fulfill({ status: 302, headers: { location } }));
  await page.getByRole('button', { name: 'Sign in with Github' }).click();
  await page.getByText('The provider did not sign you in').waitFor();
  await page.getByText('Invalid login credentials').waitFor();
  expect(page.url()).not.toContain('code');
  await page.getByLabel('Email').fill('noor@example.org');
  await page.getByLabel('Password').fill(supabase.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  await page.getByRole('banner').locator('a[href="/settings"]').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Email').waitFor();
  expect(await page.getByText('The provider did not sign you in').count()).toBe(0);
  await close();
});

test('tokens that a link brings are taken from nobody, and stay in no address', async () => {
  const hash = `#access_token=${supabase.token()}&refresh_token=r&expires_in=3600&token_type=bearer&type=invite`;
  const { page, complaints, close } = await arrive(`/runs?since=week${hash}`);
  await page.getByLabel('Email').waitFor();
  expect(new URL(page.url())).toMatchObject({ pathname: '/runs', search: '?since=week', hash: '' });
  await page.getByLabel('Email').fill('noor@example.org');
  await page.getByRole('button', { name: 'Send me a code by mail' }).click();
  await page.getByLabel('Code from the mail').waitFor();
  await page.getByRole('button', { name: 'Use the password' }).click();
  await page.getByLabel('Password').fill(supabase.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  await page.goBack().catch(() => null);
  expect(page.url()).not.toContain('token');
  expect(complaints).toEqual([]);
  await close();
});

test('where Supabase cannot be reached the page says so, keeps the session, and goes on when it is back', async () => {
  const { page, close } = await arrive('/runs');
  await page.getByLabel('Email').fill('noor@example.org');
  await page.getByLabel('Password').fill(supabase.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  await page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem('footlight.session') ?? '');
    localStorage.setItem('footlight.session', JSON.stringify({ ...kept, expires_at: Date.now() / 1000 - 60 }));
  });
  await page.route(`${supabase.url}/**`, (route) => route.abort('connectionrefused'));
  await page.reload();
  await page.getByText('Supabase cannot be reached').waitFor();
  await page.unroute(`${supabase.url}/**`);
  await page.getByRole('heading', { name: 'Runs' }).waitFor();
  await close();
});

test('whoever comes while Supabase cannot be reached may try it again at once', async () => {
  const { page, close } = await visit(browser, server.origin, '/', {
    hosts: [supabase.url],
    before: (page) => page.route(`${supabase.url}/**`, (route) => route.abort('connectionrefused')),
  });
  await page.getByText('Supabase cannot be reached').waitFor();
  await page.unroute(`${supabase.url}/**`);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByLabel('Email').waitFor({ timeout: 3000 });
  await close();
});

test('a token that the server believes no more is renewed, though by the clock here it is good', async () => {
  const { token, renewals } = supabase;
  const { page, close } = await arrive('/runs');
  supabase.token = () => {
    supabase.token = token;
    // The session that it comes with lasts for an hour, as it does by a clock that is slow.
    return server.token({ user: supabase.userId, issuer: `${supabase.url}/auth/v1`, seconds: -3600 });
  };
  await page.getByLabel('Email').fill('noor@example.org');
  await page.getByLabel('Password').fill(supabase.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('No runs').waitFor();
  expect(supabase.renewals).toBe(renewals + 1);
  await close();
});

test('whoever signs out sees the way in again, which axe has nothing against', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, close } = await visit(browser, server.origin, '/settings', { hosts: [supabase.url], colorScheme });
    await page.getByLabel('Email').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Email').fill('noor@example.org');
    await page.getByLabel('Password').fill(supabase.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    await close();
  }
});

test('a pasted token stays in the page: it is in no storage and no address, and a reload asks again', async () => {
  const plain = await startServer();
  const token = plain.token();
  const { page, complaints, close } = await visit(browser, plain.origin, '/');
  await page.getByLabel('Access token').fill('nonsense');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This is no access token').waitFor();
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
  expect(stored).not.toContain(token);
  await page.getByRole('banner').locator('a[href="/settings"]').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Access token').waitFor();
  expect(await page.getByText('does not believe').count()).toBe(0);
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.reload();
  await page.getByLabel('Access token').waitFor();
  expect(complaints).toEqual([]);
  await close();
  await plain.stop();
});

test('dev signs in at once', async () => {
  const dev = await startDev();
  const { page, complaints, close } = await visit(browser, dev.origin, '/');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
  await dev.stop();
});
