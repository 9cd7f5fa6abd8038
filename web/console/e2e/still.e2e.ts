// What must not move: a page whose answers come one by one, and anything for whoever wants no motion.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PHONE, signIn, startBrowser, visit } from './support/browser.ts';
import { gate } from './support/provider.ts';
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

/** In milliseconds. */
const SLOW = 150;

/** Adds up how far things jump, by Chromium's own measure, from the first paint on. */
const watchShifts = (page: Page) =>
  page.addInitScript(() => {
    const shifts: PerformanceEntry[] = [];
    new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({
      type: 'layout-shift',
      buffered: true,
    });
    Object.assign(globalThis, { shifts });
  });

/** Once the frame is drawn that shows what has come. */
const shiftOf = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    const { shifts } = globalThis as unknown as { shifts: { value: number }[] };
    return shifts.reduce((sum, { value }) => sum + value, 0);
  });

async function waitingRun(token: string): Promise<{ workflow: string; run: string }> {
  server.provider.answer = () => ({ words: ['A letter.'] });
  const stages = [
    { name: 'Draft', promptTemplate: 'Draft it.' },
    { name: 'Legal reading', promptTemplate: 'Read it.', validationType: 'MANUAL' },
  ];
  const workflow = await server.workflow(token, { name: 'Recall notice', stages });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'PAUSED');
  return { workflow, run };
}

test.each([
  ['wide', {}],
  ['on a phone', PHONE],
])('%s, nothing jumps while slow answers come', async (_, device) => {
  const token = server.token();
  const { workflow, run } = await waitingRun(token);
  const pages: [string, (page: Page) => Promise<void>][] = [
    ['/runs', (page) => page.getByRole('link', { name: 'Recall notice' }).first().waitFor()],
    [`/runs/${run}`, (page) => page.getByRole('link', { name: 'Read and decide' }).first().waitFor()],
    ['/inbox', (page) => page.getByText('A letter.').first().waitFor()],
    [`/workflows/${workflow}`, (page) => page.getByText('Draft it.').first().waitFor()],
  ];
  for (const [path, hasCome] of pages) {
    const before = async (page: Page) => {
      await watchShifts(page);
      // By the page's clock the run has waited for long: its wait is folded, and not while one looks.
      await page.addInitScript(() => {
        const real = Date.now;
        Date.now = () => real() + 60_000;
      });
    };
    const { page, close } = await visit(browser, server.origin, path, { ...device, before });
    let open = 0;
    await page.route('**/graphql', async (route) => {
      open += 1;
      await new Promise((wait) => setTimeout(wait, SLOW));
      await route.continue();
    });
    page.on('requestfinished', (request) => {
      if (request.url().endsWith('/graphql')) open -= 1;
    });
    await signIn(page, token);
    await hasCome(page);
    await expect.poll(() => open).toBe(0);
    expect(await shiftOf(page), path).toBeLessThan(0.02);
    await close();
  }
});

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
