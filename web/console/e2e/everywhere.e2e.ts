import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, startBrowser, visit } from './support/browser.ts';
import { gate } from './support/provider.ts';
import { type Server, startServer } from './support/server.ts';

let server: Server;
let browser: Browser;
let token: string;
let places: { path: string; name: string }[];

const ARABIC = 'إشعار سحب: نسحب من الأسواق عبوات «حمّص بالطحينة ٤٠٠ غ»';
const LONG = 'Bescheide in leichter Sprache, Datenschutzfolgenabschätzungsunterlagenübermittlung';

/** One of everything: a run of each state, a letter in the inbox, a snapshot, names that are long or from the right. */
beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
  token = server.token({ admin: true });
  const held = gate(1);
  server.provider.answer = ({ messages }) => {
    const prompt = messages.at(-1)?.content ?? '';
    if (prompt.includes('slowly')) return { words: [ARABIC, ' …'], pace: held.pace };
    return { words: prompt.includes('wrong') ? ['no JSON at all'] : ['A notice', ' in two', ' words.'] };
  };
  const quick = await server.workflow(token, {
    name: LONG,
    stages: [
      { name: 'Draft', key: 'draft', promptTemplate: 'write {{topic}}' },
      { name: ARABIC, promptTemplate: 'approve {{draft.text}}', validationType: 'MANUAL' },
    ],
  });
  const failing = await server.workflow(token, {
    name: 'Fails',
    stages: [{ name: LONG, promptTemplate: 'wrong', outputVariables: { title: 'string' }, retryLimit: 1 }],
  });
  const slow = await server.workflow(token, { name: 'Slow', stages: [{ promptTemplate: 'slowly' }] });
  const waiting = await server.run(token, quick, { topic: ARABIC });
  const failed = await server.run(token, failing);
  const live = await server.run(token, slow);
  await Promise.all([
    server.reached(token, waiting, 'PAUSED'),
    server.reached(token, failed, 'FAILED'),
    server.reached(token, live, 'RUNNING'),
  ]);
  const taken = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  await server.data(token, taken, { input: { workflowId: quick, name: 'Before the new prompt' } });
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(
    token,
    '{ pendingValidations { nodes { id } } }',
  );
  places = [
    { name: 'workflows', path: '/' },
    { name: 'editor', path: `/workflows/${quick}` },
    { name: 'start', path: `/workflows/${quick}/start` },
    { name: 'snapshots of a workflow', path: `/workflows/${quick}/snapshots` },
    { name: 'snapshots', path: '/snapshots' },
    { name: 'runs', path: '/runs' },
    { name: 'a run that waits', path: `/runs/${waiting}` },
    { name: 'a run that failed', path: `/runs/${failed}` },
    { name: 'a run that speaks', path: `/runs/${live}` },
    { name: 'inbox', path: '/inbox' },
    { name: 'a letter', path: `/inbox/${pendingValidations.nodes[0]?.id}` },
    { name: 'compare', path: `/compare?left=${waiting}&right=${failed}` },
    { name: 'models', path: '/models' },
    { name: 'settings', path: '/settings' },
  ];
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe has nothing against any route in ${colorScheme}, and each has one word for its status`, async () => {
    const { page, complaints, close } = await visit(browser, server.origin, '/', { token, colorScheme });
    const faults: string[] = [];
    for (const { name, path } of places) {
      await go(page, path);
      for (const fault of await accessibilityFaults(page)) faults.push(`${name}: ${fault}`);
      const said = await page.locator('main [role=status]').count();
      if (said > 1) faults.push(`${name}: ${said} statuses`);
    }
    expect(faults).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
}

for (const width of [390, 320]) {
  test(`a phone of ${width} px scrolls sideways nowhere`, async () => {
    const viewport = { width, height: 844 };
    const { page, complaints, close } = await visit(browser, server.origin, '/', { ...PHONE, viewport, token });
    const wide: string[] = [];
    for (const { name, path } of places) {
      await go(page, path);
      if (await scrollsSideways(page)) wide.push(name);
    }
    expect(wide).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
}

test('each page says what it is to its tab and to the history', async () => {
  const { page, close } = await visit(browser, server.origin, '/', { token });
  const titles: [string, string][] = [
    ['/runs', 'Runs'],
    ['/workflows/none', 'A page that is not there'],
    [places.find(({ name }) => name === 'editor')?.path ?? '', LONG],
    [places.find(({ name }) => name === 'a letter')?.path ?? '', ARABIC],
    ['/', 'Workflows'],
  ];
  for (const [path, title] of titles) {
    await go(page, path);
    await expect.poll(() => page.title()).toBe(`${title} · Footlight`);
  }
  await close();
});

test('a new page takes the focus to its title', async () => {
  const { page, close } = await visit(browser, server.origin, '/models', { token });
  for (const name of ['Runs', 'Inbox', 'Workflows', 'Models']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('main')?.tagName ?? document.activeElement?.tagName);
    await expect.poll(focused, { timeout: 10_000 }).toBe('MAIN');
  }
  await close();
});

test('the title has the focus, too, where one page soon follows another and its answers are slow', async () => {
  const { page, close } = await visit(browser, server.origin, '/models', { token });
  await page.route('**/graphql', async (route) => {
    await new Promise((wait) => setTimeout(wait, 150));
    await route.continue();
  });
  const hasFocus = (title: string) =>
    expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(title);
  const main = page.getByRole('navigation', { name: 'Main' });
  await main.getByRole('link', { name: 'Runs' }).click();
  await page.getByRole('link', { name: 'Fails' }).first().press('Enter');
  await page.getByRole('heading', { name: 'Fails', level: 1 }).waitFor();
  await hasFocus('Fails');
  await main.getByRole('link', { name: 'Workflows' }).click();
  await page.getByRole('link', { name: 'Slow' }).first().click();
  await page.getByRole('heading', { name: 'Slow', level: 1 }).waitFor();
  await hasFocus('Slow');
  await close();
});

test('Back goes to where one was in a list, and a new page to its title', async () => {
  const { page, close } = await visit(browser, server.origin, '/', { token });
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  const row = page.getByRole('main').getByRole('link', { name: 'Slow', exact: true });
  await row.click();
  await page.getByRole('heading', { name: 'Slow', level: 1 }).waitFor();
  await expect.poll(focused).toBe('Slow');
  await page.goBack();
  await row.waitFor();
  await expect.poll(() => row.evaluate((link) => link === document.activeElement)).toBe(true);
  await page.goForward();
  await page.getByRole('heading', { name: 'Slow', level: 1 }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  await close();
});

test('what the server was away for comes by itself once it is back: a page that was not loaded, and what was not read', async () => {
  const away = await startServer();
  const { page, close } = await visit(browser, away.origin, '/models', { token: away.token() });
  const main = page.getByRole('navigation', { name: 'Main' });
  await page.getByText('GPT-4.1').first().waitFor();
  await away.kill();
  await main.getByRole('link', { name: 'Runs' }).click();
  await page.getByText('This page did not come').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await away.start();
  await page
    .getByText('No run is like that.')
    .or(page.getByRole('heading', { name: 'Runs' }))
    .first()
    .waitFor();
  await page.getByText('The connection is lost.', { exact: false }).waitFor({ state: 'hidden' });

  await away.kill();
  await main.getByRole('link', { name: 'Models' }).click();
  await page.getByText('The catalogue could not be read').waitFor();
  await away.start();
  await page.getByText('The catalogue could not be read').waitFor({ state: 'detached' });
  await close();
  await away.stop();
});

/** Goes there as a link does, so that the token that was pasted stays, and waits until nothing is loading. */
async function go(page: import('playwright-core').Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    window.history.pushState({}, '', to);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
}
