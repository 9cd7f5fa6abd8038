import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser, visit } from './support/browser.ts';
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

const stage = (name: string, promptTemplate: string, more: object = {}) => ({ name, promptTemplate, ...more });

/** The words of the scene of this name, letter for letter. */
const said = (page: Page, name: string) =>
  page.locator('article', { hasText: name }).locator('[data-text]').textContent();

test('the words of a run stand there as they come, and are its rawOutput in the end', async () => {
  const token = server.token();
  const words = ['Thank you', ' for calling. 🎭\n\n', 'First,', ' look at the side', ' of the tub.\n', 'End.'];
  const held = gate(3);
  server.provider.answer = () => ({ words, pace: held.pace });
  const workflow = await server.workflow(token, {
    name: 'Recall notice',
    stages: [stage('Draft the notice', 'Write about {{topic}}.')],
  });
  const run = await server.run(token, workflow, { topic: 'hummus' });
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const status = page.getByRole('status').filter({ hasText: 'Stage 1' });
  await status.getByText('is writing its first answer').waitFor();
  await page.getByText('First,').waitFor();
  expect(await said(page, 'Draft the notice')).toBe(words.slice(0, 3).join(''));
  held.release();
  await page.getByText('Completed').waitFor();
  const { execution } = await server.data<{ execution: { logs: { nodes: { rawOutput: string }[] } } }>(
    token,
    'query ($id: ID!) { execution(id: $id) { logs { nodes { rawOutput } } } }',
    { id: run },
  );
  expect(await said(page, 'Draft the notice')).toBe(execution.logs.nodes[0]?.rawOutput);
  expect(complaints).toEqual([]);
  await close();
});
