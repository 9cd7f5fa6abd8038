// What is copied as a question returns what is shown, whoever asks it.

import { execFileSync } from 'node:child_process';
import { parse, print, separateOperations } from 'graphql';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { visit } from './support/browser.ts';
import { copied } from './support/copied.ts';
import { opened } from './support/opened.ts';
import { routesWithout } from './support/routes.ts';

const { server, browser } = await opened({ MAX_CONCURRENT_STAGES: '16' });

/** What lies at a path of an answer, of each item of a list on the way. */
const told = (data: unknown, path: string): unknown[] =>
  path
    .split('.')
    .reduce<unknown[]>((all, name) => all.flatMap((one) => (one as Record<string, unknown>)[name]), [data]);
const sorted = (all: unknown[]) => all.map(String).sort();

/** What a shell says of a command, with the token as it would have it. */
const inShell = (command: string, token: string): string =>
  execFileSync('sh', ['-c', command], {
    env: { PATH: process.env.PATH ?? '', TOKEN: token },
    maxBuffer: 2 ** 26,
  }).toString();

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
  const take = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  interface Taken {
    createSnapshot: { id: string };
  }
  const taken: Taken[] = [];
  for (const name of ['Copied, too', 'Copied again'])
    taken.push(await server.data<Taken>(token, take, { input: { workflowId: workflow, name } }));
  const waiting = '{ pendingValidations { nodes { id } } }';
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(token, waiting);
  const [, letter] = pendingValidations.nodes;

  const texts = (page: Page, selector: string) => page.locator(`main ${selector}`).allTextContents();
  const snapshots = {
    title: 'Snapshots',
    told: 'snapshots.nodes.name',
    shown: (page: Page) => texts(page, 'nav[aria-label=Snapshots] li [class*=name]'),
  };
  const [open, against] = taken.map(({ createSnapshot: { id } }) => id);
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
      path: `/runs?chosen=${right}`,
      title: 'Runs',
      told: 'chosen.executionInputs.topic',
      shown: async (page) => (await texts(page, 'aside dd')).filter((text) => text === 'moths'),
    },
    {
      path: `/snapshots?chosen=${open}&against=${against}`,
      title: 'Snapshots',
      told: 'chosen.name',
      shown: (page) => texts(page, 'article h2'),
    },
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
  for (const { path, title, menu = 'Copy as…', told: where, shown } of pages) {
    await page.evaluate((to) => {
      window.history.pushState({}, '', to);
      window.dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
    const query = await copied(page, menu, 'GraphQL');
    const data = await server.data(token, query);
    expect(told(data, where).length, path).toBeGreaterThan(0);
    await expect.poll(async () => sorted(await shown(page)), { message: path }).toEqual(sorted(told(data, where)));
    const command = await copied(page, menu, 'curl');
    expect(query + command).not.toContain(token);
    expect(command).toContain('Bearer $TOKEN');
    expect(JSON.parse(inShell(command, token)), path).toEqual({ data });
  }
  expect(complaints).toEqual([]);
  await close();
});

/** The items of a list in the answer to one operation: of all its pages, in their order. */
const pagesIn = (data: unknown, at: string, list: string): unknown[] =>
  told(data, at).flatMap((parent) => {
    const pages = Object.entries((parent ?? {}) as Record<string, { nodes: unknown[] }>);
    return pages.filter(([name]) => new RegExp(`^${list}\\d*$`).test(name)).flatMap(([, { nodes }]) => nodes);
  });

test('of a run of many attempts, and of two, the copied question returns all of them', async () => {
  const token = server.token();
  server.provider.answer = ({ messages }) => ({ words: [`said: ${messages.at(-1)?.content}`] });
  const workflow = await server.workflow(token, {
    name: 'Long',
    stages: [{ name: 'Each', promptTemplate: 'Say {{item}}', forEach: { in: 'inputs.items', concurrency: 8 } }],
  });
  const run = async (count: number) => {
    const items = Array.from({ length: count }, (_, index) => `${count}.${index}`);
    const id = await server.run(token, workflow, { items });
    await server.reached(token, id, 'COMPLETED');
    return { id, said: sorted(items.map((item) => `said: Say ${item}`)) };
  };
  const [long, short] = [await run(640), await run(120)];
  const rawOutputs = (nodes: unknown[]) => sorted(nodes.flatMap((node) => told(node, 'rawOutput')));
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${long.id}`, { token });
  await page.getByText('640 of 640 items passed').first().waitFor();

  const query = await copied(page, 'Copy as…', 'GraphQL');
  const operations = Object.values(separateOperations(parse(query)));
  // Seven pages: an operation has five, the most that the server is asked for at once.
  expect(operations.length).toBe(2);
  const answers = await Promise.all(operations.map((one) => server.data(token, print(one))));
  expect(rawOutputs(answers.flatMap((data) => pagesIn(data, 'execution', 'logs')))).toEqual(long.said);
  const lines = inShell(await copied(page, 'Copy as…', 'curl'), token)
    .trim()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line).data)).toEqual(answers);

  await page.evaluate((to) => {
    window.history.pushState({}, '', to);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, `/compare?left=${long.id}&right=${short.id}`);
  await page.getByRole('heading', { level: 1, name: 'Long' }).waitFor();
  await page.locator('main article').first().waitFor();
  const both = parse(await copied(page, 'Copy as…', 'GraphQL'));
  const sides = await Promise.all(
    Object.values(separateOperations(both)).map((one) => server.data<Record<string, unknown>>(token, print(one))),
  );
  for (const [side, { said }] of Object.entries({ left: long, right: short })) {
    const nodes = sides.flatMap((data) => (side in data ? pagesIn(data, side, 'logs') : []));
    expect(rawOutputs(nodes), side).toEqual(said);
  }
  expect(complaints).toEqual([]);
  await close();
});
