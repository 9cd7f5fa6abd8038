import { execFileSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, startBrowser, visit } from './support/browser.ts';
import { routesWithout } from './support/routes.ts';
import { type Server, startServer } from './support/server.ts';

let server: Server;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('Ctrl K finds a workflow by name, and any id that is pasted opens its thing', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Recall notice', stages: [{ promptTemplate: 'say it' }] });
  const runId = await server.run(token, workflowId);
  await server.reached(token, runId, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find a workflow' }).fill('recall');
  await page.getByRole('option', { name: 'Recall notice workflow', exact: true }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/workflows/${workflowId}*`);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find a workflow' }).fill(` ${runId.toUpperCase()} `);
  await page.getByRole('option', { name: 'This run' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${runId}*`);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find a workflow' }).fill(crypto.randomUUID());
  await page.getByText('Nothing of yours has that id.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: 'Find a workflow' }).waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
  await close();
});

test('Enter before anything is found opens the first thing that is', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Lichen', stages: [{ promptTemplate: 'say it' }] });
  const runId = await server.run(token, workflowId);
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });
  let held = Promise.resolve();
  await page.route('**/graphql', async (route) => {
    await held;
    await route.continue();
  });
  for (const [words, path] of [
    ['lichen', `/workflows/${workflowId}`],
    [runId, `/runs/${runId}`],
  ] as const) {
    let release = () => {};
    held = new Promise((settle) => {
      release = settle;
    });
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find a workflow' }).fill(words);
    await page.keyboard.press('Enter');
    await page.getByText('Looking…').waitFor();
    release();
    await page.waitForURL(`**${path}*`);
    await page.getByRole('combobox', { name: 'Find a workflow' }).waitFor({ state: 'detached' });
  }
  expect(complaints).toEqual([]);
  await close();
});

test('the id of whatever a page can open, pasted, opens it', async () => {
  const token = server.token();
  const model = await server.model('The one of many');
  const workflowId = await server.workflow(token, {
    name: 'Moss',
    stages: [{ promptTemplate: 'say it' }, { name: 'Second', promptTemplate: 'again' }],
  });
  const runId = await server.run(token, workflowId);
  await server.reached(token, runId, 'COMPLETED');
  const take = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  const { createSnapshot: snapshot } = await server.data<{ createSnapshot: { id: string } }>(token, take, {
    input: { workflowId, name: 'As it was' },
  });
  const inside = `query ($run: ID!, $workflow: ID!) {
    execution(id: $run) { logs { nodes { id } } }
    workflow(id: $workflow) { stages { id } }
  }`;
  const { execution, workflow } = await server.data<{
    execution: { logs: { nodes: { id: string }[] } };
    workflow: { stages: { id: string }[] };
  }>(token, inside, { run: runId, workflow: workflowId });
  const attempt = execution.logs.nodes[1]?.id ?? '';
  const { page, complaints, close } = await visit(browser, server.origin, '/settings', { token });
  const open = async (id: string, name: string, path: string) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find a workflow' }).fill(id);
    await page.getByRole('option', { name, exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(server.origin + path);
  };

  await open(workflowId, 'Moss workflow', `/workflows/${workflowId}`);
  await page.getByRole('heading', { level: 1, name: 'Moss' }).waitFor();
  await open(runId, 'This run run', `/runs/${runId}`);
  await page
    .getByRole('navigation', { name: 'Stages' })
    .getByRole('button', { name: /Second/ })
    .waitFor();
  await open(attempt, 'An attempt at stage 2 attempt', `/runs/${runId}?log=${attempt}`);
  await page.getByRole('heading', { name: /^Stage 2, 1st answer/ }).waitFor();
  await open(workflow.stages[1]?.id ?? '', 'Second stage', `/workflows/${workflowId}?stage=2`);
  await page.getByRole('region', { name: 'Stage 2', exact: true }).waitFor();
  await open(snapshot.id, 'As it was snapshot', `/workflows/${workflowId}/snapshots?chosen=${snapshot.id}`);
  await page.getByRole('heading', { level: 2, name: 'As it was' }).waitFor();
  await open(model, 'The one of many model', `/models?chosen=${model}`);
  const row = page.getByRole('listitem').filter({ hasText: 'The one of many' });
  await expect.poll(() => row.getAttribute('aria-current')).toBe('true');
  expect(await page.locator('main [aria-current]').count()).toBe(1);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('Ctrl K does what the page can do, makes a workflow, and starts one', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Science page', stages: [{ promptTemplate: '{{topic}}' }] });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${workflowId}`, { token });
  const choose = async (words: string, name: string | RegExp) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find a workflow' }).fill(words);
    await page.getByRole('option', { name }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Find or do' }).waitFor({ state: 'detached' });
  };
  await page.getByRole('heading', { name: 'Science page' }).waitFor();
  const stages = page.getByRole('navigation', { name: 'Stages' }).getByRole('listitem');
  const before = await stages.count();
  await choose('add a st', 'Add a stage');
  await expect.poll(() => stages.count()).toBe(before + 1);
  await choose('its snap', 'See its snapshots');
  await page.waitForURL(`**/workflows/${workflowId}/snapshots`);
  await choose('take', 'Take a snapshot');
  await page.getByRole('dialog').getByRole('textbox').first().waitFor();
  await page.keyboard.press('Escape');
  await choose('failed', 'Failed runs');
  await page.waitForURL('**/runs?statuses=FAILED');
  await choose('start science', 'Start Science page');
  await page.waitForURL(`**/workflows/${workflowId}/start`);
  await page.getByLabel('topic', { exact: true }).fill('moss');
  await choose('start the', 'Start the run');
  await page.waitForURL(/\/runs\//);
  await choose('new wo', 'New workflow');
  await page.waitForURL((url) => url.pathname.startsWith('/workflows/') && !url.pathname.includes(workflowId));
  expect(complaints).toEqual([]);
  await close();
});

test('an id as a page shortens it is found among what is recent', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Moss', stages: [{ promptTemplate: 'say it' }] });
  const runId = await server.run(token, workflowId);
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });
  await page.keyboard.press('Control+k');
  const search = page.getByRole('combobox', { name: 'Find a workflow' });
  await search.fill(`${runId.slice(0, 8)}…${runId.slice(-4)}`);
  await page.getByRole('option', { name: /^Moss, .* run$/ }).waitFor();
  await search.fill(`${runId.slice(0, 8)}…0000`);
  await page.getByText('With the whole id anything is found.').waitFor();
  await search.fill(`Run ${runId.slice(0, 13)}`);
  await page.getByRole('option', { name: /^Moss, .* run$/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${runId}*`);
  expect(complaints).toEqual([]);
  await close();
});

test('? shows the keys that act here, and a new page takes the focus', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token: server.token() });
  await page.getByRole('heading', { name: 'Models' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('find or do anything').waitFor();
  await page.keyboard.press('Escape');
  await page
    .getByRole('link', { name: 'Settings' })
    .or(page.getByRole('banner').locator('a[href="/settings"]'))
    .first()
    .click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  expect(complaints).toEqual([]);
  await close();
});

/** What lies at a path of an answer, of each item of a list on the way. */
const told = (data: unknown, path: string): unknown[] =>
  path
    .split('.')
    .reduce<unknown[]>((all, name) => all.flatMap((one) => (one as Record<string, unknown>)[name]), [data]);
const sorted = (all: unknown[]) => all.map(String).sort();

interface Copied {
  path: string;
  /** The page's title; of two that follow each other they differ. */
  title: string;
  menu?: string;
  /** What the answer has at this path is what the page shows. */
  told: string;
  shown: (page: Page) => Promise<unknown[]>;
}

test('what is copied as GraphQL or curl returns what is shown, on every page, and has no token', async () => {
  const token = server.token({ admin: true });
  server.provider.answer = ({ messages }) => ({ words: [`it's said: ${messages.at(-1)?.content}`] });
  const workflow = await server.workflow(token, {
    name: 'Copied',
    stages: [{ name: 'Approve', promptTemplate: 'Write {{topic}} in {{tone}}', validationType: 'MANUAL' }],
  });
  await server.workflow(token, { name: 'Another', stages: [{ promptTemplate: 'say it' }] });
  const left = await server.run(token, workflow, { topic: 'moss', tone: 'brief' });
  await server.reached(token, left, 'PAUSED');
  const right = await server.run(token, workflow, { topic: 'moths', tone: 'brief' });
  await server.reached(token, right, 'PAUSED');
  const taken = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  for (const name of ['Copied, too', 'Copied again'])
    await server.data(token, taken, { input: { workflowId: workflow, name } });
  const waiting = '{ pendingValidations { nodes { id } } }';
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(token, waiting);
  const [, letter] = pendingValidations.nodes;

  const texts = (page: Page, selector: string) => page.locator(`main ${selector}`).allTextContents();
  const snapshots = {
    title: 'Snapshots',
    told: 'snapshots.nodes.name',
    shown: (page: Page) => texts(page, 'nav[aria-label=Snapshots] li [class*=name]'),
  };
  const answer = { told: 'executionLog.rawOutput', shown: (page: Page) => texts(page, 'section [class*=said]') };
  const pages: Copied[] = [
    { path: '/', title: 'Workflows', told: 'workflows.nodes.name', shown: (page) => texts(page, 'li h2') },
    {
      path: `/workflows/${workflow}`,
      title: 'Copied',
      menu: 'More…',
      told: 'workflow.stages.promptTemplate',
      shown: async (page) => [await page.getByRole('textbox', { name: 'Prompt', exact: true }).textContent()],
    },
    {
      path: `/workflows/${workflow}/start`,
      title: 'Start a run',
      told: 'workflow.inputNames',
      shown: (page) => texts(page, 'label.exact, label .exact'),
    },
    { ...snapshots, path: `/workflows/${workflow}/snapshots` },
    {
      path: '/runs',
      title: 'Runs',
      told: 'executions.nodes.id',
      shown: (page) =>
        page.locator('[data-run]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-run'))),
    },
    { ...snapshots, path: '/snapshots' },
    {
      path: `/runs/${left}`,
      title: 'Copied',
      told: 'execution.logs.nodes.rawOutput',
      shown: (page) => texts(page, 'article [data-text]'),
    },
    { ...answer, path: '/inbox', title: 'Approve' },
    {
      path: `/compare?left=${left}&right=${right}`,
      title: 'Copied',
      told: 'left.logs.nodes.rawOutput',
      shown: async (page) => (await texts(page, 'article [class*=said]')).slice(0, 1),
    },
    { ...answer, path: `/inbox/${letter?.id}`, title: 'Approve' },
    { path: '/models', title: 'Models', told: 'models.name', shown: (page) => texts(page, 'li h3') },
    {
      path: '/settings',
      title: 'Settings',
      told: 'me.email',
      shown: async (page) => [/as (\S+),/.exec((await texts(page, '[role=status]')).join())?.[1]],
    },
  ];
  expect(routesWithout(pages.map(({ path }) => path))).toEqual([]);
  // A shell has to have it, or nothing below is said of the real one.
  expect(execFileSync('sh', ['-c', 'command -v curl']).toString()).toMatch(/^\/.*curl\n$/);

  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  const copied = async (menu: string, how: string) => {
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.getByRole('main').getByRole('button', { name: menu }).click();
    await page.getByRole('menuitem', { name: how }).click();
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(clipboard).not.toBe('');
    return clipboard();
  };
  for (const { path, title, menu = 'Copy as…', told: where, shown } of pages) {
    await page.evaluate((to) => {
      window.history.pushState({}, '', to);
      window.dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
    const query = await copied(menu, 'Copy as GraphQL');
    const data = await server.data(token, query);
    expect(told(data, where).length, path).toBeGreaterThan(0);
    await expect.poll(async () => sorted(await shown(page)), { message: path }).toEqual(sorted(told(data, where)));
    const command = await copied(menu, 'Copy as curl');
    expect(query + command).not.toContain(token);
    expect(command).toContain('Bearer $TOKEN');
    const env = { PATH: process.env.PATH ?? '', TOKEN: token };
    expect(JSON.parse(execFileSync('sh', ['-c', command], { env }).toString()), path).toEqual({ data });
  }
  expect(complaints).toEqual([]);
  await close();
});

test('an address that is no page is answered with 404, and the page says so', async () => {
  const answer = await fetch(`${server.origin}/nowhere`, { headers: { accept: 'text/html' } });
  expect(answer.status).toBe(404);
  const { page, close } = await visit(browser, server.origin, '/nowhere', { token: server.token() });
  await page.getByText('There is nothing here.').waitFor();
  await close();
});
