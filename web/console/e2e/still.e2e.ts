// What must not move: a page whose answers come one by one, and anything for whoever wants no motion.

import type { BrowserContextOptions, Locator, Page, Request } from 'playwright-core';
import { expect, test } from 'vitest';
import { PHONE, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';
import { gate } from './support/provider.ts';
import { routesWithout } from './support/routes.ts';
import { shiftsOf, watchShifts } from './support/shifts.ts';

const { server, browser } = await opened();

/** In milliseconds: answers, and code that only some pages need. */
const SLOW = 150;

async function waitingRun(token: string): Promise<{ workflow: string; run: string; letter: string }> {
  server.provider.answer = () => ({ words: ['A letter.'] });
  const stages = [
    { name: 'Draft', promptTemplate: 'Draft it.' },
    { name: 'Legal reading', promptTemplate: 'Read it.', validationType: 'MANUAL' },
  ];
  const workflow = await server.workflow(token, { name: 'Recall notice', stages });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'PAUSED');
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(
    token,
    '{ pendingValidations { nodes { id } } }',
  );
  return { workflow, run, letter: pendingValidations.nodes[0]?.id ?? '' };
}

/** The id of one that differs from the workflow as it is now. */
async function snapshotOf(token: string, workflowId: string): Promise<string> {
  const query = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  const { createSnapshot } = await server.data<{ createSnapshot: { id: string } }>(token, query, {
    input: { workflowId, name: 'As it was' },
  });
  const { workflow } = await server.data<{ workflow: { stages: { id: string }[] } }>(
    token,
    'query ($id: ID!) { workflow(id: $id) { stages { id } } }',
    { id: workflowId },
  );
  const change = 'mutation ($input: UpdateStageInput!) { updateStage(input: $input) { id } }';
  await server.data(token, change, { input: { id: workflow.stages[0]?.id, promptTemplate: 'Draft it anew.' } });
  return createSnapshot.id;
}

/** A run of two stages that has ended, and its last attempt. */
async function endedRun(token: string, name: string, status: 'COMPLETED' | 'FAILED') {
  const mustBe = { functionName: 'equals', args: { value: status === 'FAILED' ? 'nothing else' : 'A letter.' } };
  const stages = [
    { name: 'Draft', promptTemplate: 'Draft {{topic}}.' },
    { name: 'Check', promptTemplate: 'Check it.', validationType: 'FUNCTION', validationCriteria: mustBe },
  ];
  const run = await server.run(token, await server.workflow(token, { name, stages }), { topic: 'hummus' });
  await server.reached(token, run, status);
  const query = 'query ($id: ID!) { execution(id: $id) { logs { nodes { id } } } }';
  const { execution } = await server.data<{ execution: { logs: { nodes: { id: string }[] } } }>(token, query, {
    id: run,
  });
  return { run, log: execution.logs.nodes.at(-1)?.id };
}

/** A page, and what is there in the end. */
interface Place {
  path: string;
  hasCome: (page: Page) => Locator;
}

/** Something of everything, and where each page shows it. */
async function withEverything(token: string): Promise<Place[]> {
  const { workflow, run, letter } = await waitingRun(token);
  const other = await server.run(token, workflow);
  await server.reached(token, other, 'PAUSED');
  const chosen = await snapshotOf(token, workflow);
  const over = await endedRun(token, 'Recall over', 'COMPLETED');
  const failed = await endedRun(token, 'Recall refused', 'FAILED');
  const own = `/workflows/${workflow}`;
  const text = (words: string) => (page: Page) => page.getByText(words).first();
  const link = (name: string) => (page: Page) => page.getByRole('main').getByRole('link', { name }).first();
  const differs = text('1 difference, in 1 stage.');
  return [
    { path: '/', hasCome: link('Recall notice') },
    { path: own, hasCome: text('Draft it anew.') },
    { path: `${own}/start`, hasCome: text('Recall notice') },
    {
      path: `${own}/snapshots?chosen=${chosen}`,
      hasCome: differs,
    },
    { path: '/runs', hasCome: link('Recall notice') },
    { path: `/runs?chosen=${failed.run}`, hasCome: text('the output is not') },
    { path: `/runs/${run}`, hasCome: link('Read and decide') },
    { path: `/runs/${over.run}`, hasCome: text('What its last stage brought') },
    { path: `/runs/${over.run}?log=${over.log}`, hasCome: text('Prompt') },
    { path: `/runs/${failed.run}`, hasCome: text('the output is not') },
    { path: '/inbox', hasCome: text('A letter.') },
    { path: `/inbox/${letter}`, hasCome: text('A letter.') },
    { path: `/snapshots?chosen=${chosen}`, hasCome: differs },
    { path: `/compare?left=${run}&right=${other}`, hasCome: text('Legal reading') },
    { path: '/models', hasCome: text('GPT-4.1') },
    { path: '/settings', hasCome: text('Saved prompts') },
  ];
}

/** The page as whoever opens it for the first time gets it: its code, and then its answers, come late. */
async function openSlowly(path: string, token: string, device: BrowserContextOptions) {
  const before = async (page: Page) => {
    await watchShifts(page);
    // By the page's clock the run has waited for long: its wait is folded, and not while one looks.
    await page.addInitScript(() => {
      const real = Date.now;
      Date.now = () => real() + 60_000;
    });
  };
  const { page, close } = await visit(browser, server.origin, path, { ...device, before });
  const isSlow = (url: URL) => url.pathname === '/graphql' || url.pathname.startsWith('/assets/');
  const open = new Set<Request>();
  let changed = Date.now();
  page.on('request', (request) => {
    if (isSlow(new URL(request.url()))) open.add(request);
  });
  const ends = (request: Request) => {
    if (open.delete(request)) changed = Date.now();
  };
  page.on('requestfinished', ends);
  page.on('requestfailed', ends);
  await page.route(isSlow, async (route) => {
    await new Promise((wait) => setTimeout(wait, SLOW));
    await route.continue();
  });
  await signIn(page, token);
  // What an answer leads to is asked for soon after it.
  const isQuiet = () => expect.poll(() => open.size === 0 && Date.now() - changed > 2 * SLOW).toBe(true);
  return { page, close, isQuiet };
}

test.each([
  ['wide', {}],
  ['on a phone', PHONE],
])(
  '%s, nothing jumps on any page while code and answers come slowly',
  async (_, device) => {
    const token = server.token({ admin: true });
    const places = await withEverything(token);
    expect(routesWithout(places.map(({ path }) => path))).toEqual([]);
    const jumped: object[] = [];
    const look = async ({ path, hasCome }: Place) => {
      const { page, close, isQuiet } = await openSlowly(path, token, device);
      await hasCome(page).waitFor();
      await isQuiet();
      await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
      const shifts = await shiftsOf(page);
      if (shifts.length > 0) jumped.push({ path, shifts });
      await close();
    };
    // Most of the time is waited.
    for (let from = 0; from < places.length; from += 2) await Promise.all(places.slice(from, from + 2).map(look));
    expect(jumped).toEqual([]);
  },
  120_000,
);

test('what waits for the person is counted beside the way to the inbox, live', async () => {
  const token = server.token();
  const { workflow } = await waitingRun(token);
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });
  const inbox = (name: RegExp) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).waitFor();
  await inbox(/^Inbox\s*1 waiting for you$/);
  await server.run(token, workflow);
  await inbox(/^Inbox\s*2 waiting for you$/);
  const asked = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(
    token,
    '{ pendingValidations { nodes { id } } }',
  );
  const decide = 'mutation ($id: ID!) { recordManualValidation(input: { logId: $id, result: PASS }) { id } }';
  for (const { id } of asked.pendingValidations.nodes) await server.data(token, decide, { id });
  await inbox(/^Inbox$/);
  expect(complaints).toEqual([]);
  await close();
});

test('whoever wants no motion sees none while a run is being written', async () => {
  const token = server.token();
  const held = gate(1);
  server.provider.answer = () => ({ words: ['First', ' last.'], pace: held.pace });
  const stages = [{ name: 'Draft', promptTemplate: 'Draft it.' }];
  const run = await server.run(token, await server.workflow(token, { name: 'Live', stages }));
  const moving = async (reducedMotion: 'reduce' | 'no-preference') => {
    const { page, close } = await visit(browser, server.origin, `/runs/${run}`, { token, reducedMotion });
    await page.locator('main').getByRole('status').getByText('is writing its first answer').waitFor();
    const names = await page.evaluate(() =>
      document.getAnimations().flatMap((one) => (one.playState === 'running' ? [one.id || one.constructor.name] : [])),
    );
    await close();
    return names;
  };
  expect(await moving('no-preference')).not.toEqual([]);
  expect(await moving('reduce')).toEqual([]);
  held.release();
});
