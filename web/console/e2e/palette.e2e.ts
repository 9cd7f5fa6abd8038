import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, startBrowser, visit } from './support/browser.ts';
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
  await page.getByRole('combobox').fill('recall');
  await page.getByRole('option', { name: 'Recall notice workflow', exact: true }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/workflows/${workflowId}*`);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill(` ${runId.toUpperCase()} `);
  await page.getByRole('option', { name: 'This run' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${runId}*`);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill(crypto.randomUUID());
  await page.getByText('Nothing of yours has that name or id.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox').waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
  await close();
});

test('? shows the keys that act here, and a new page takes the focus', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token: server.token() });
  await page.getByRole('heading', { name: 'Models' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('finds or does anything').waitFor();
  await page.keyboard.press('Escape');
  await page
    .getByRole('link', { name: 'Settings' })
    .or(page.getByRole('banner').getByRole('link').last())
    .first()
    .click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  expect(complaints).toEqual([]);
  await close();
});

test('what is copied as GraphQL returns what is shown, and curl has no token', async () => {
  const token = server.token({ admin: true });
  await server.model('Copied');
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole('button', { name: 'Copy as…' }).click();
  await page.getByRole('menuitem', { name: 'Copy as GraphQL' }).click();
  await expect.poll(clipboard).toContain('query Models');
  const { models } = await server.data<{ models: { name: string }[] }>(token, await clipboard());
  expect(models.map(({ name }) => name)).toContain('Copied');
  await page.getByRole('button', { name: 'Copy as…' }).click();
  await page.getByRole('menuitem', { name: 'Copy as curl' }).click();
  await expect.poll(clipboard).toContain('Bearer $TOKEN');
  expect(await clipboard()).not.toContain(token);
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
