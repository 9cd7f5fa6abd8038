import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser, visit } from './support/browser.ts';
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

test('every page is shown under the policy, without a complaint', async () => {
  const token = server.token();
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  for (const name of ['Runs', 'Inbox', 'Models']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    await page.locator('h1').waitFor();
  }
  expect(complaints).toEqual([]);
  await close();
});
