import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, startBrowser, visit } from './support/browser.ts';
import { type Server, startServer } from './support/server.ts';

let server: Server;
let browser: Browser;
/** The person whose runs they are; each test and each colleague of theirs has a session of their own. */
let token: string;
let older: string;
let newer: string;
let workflow: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
  token = server.token();
  workflow = await server.workflow(token, {
    name: 'Recall notice in four languages',
    stages: [
      { name: 'Draft the notice', promptTemplate: 'Write about {{topic}} at length.' },
      { name: 'Translate into Arabic', promptTemplate: 'Translate it.' },
    ],
  });
  older = await runWith('Please do not eat the hummus.', { topic: 'hummus', tone: 'plain' });
  await change();
  newer = await runWith('Please do not eat the tahini at all.', { topic: 'tahini', tone: 'plain' });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function runWith(draft: string, inputs: object): Promise<string> {
  server.provider.answer = ({ messages }) => ({
    words: [messages.at(-1)?.content.includes('Translate') ? 'نسحب من الأسواق عبوات الحمّص' : draft],
  });
  const run = await server.run(token, workflow, inputs);
  await server.reached(token, run, 'COMPLETED');
  return run;
}

/** The first stage moves to the end, with other words. */
async function change(): Promise<void> {
  const query = 'query ($id: ID!) { workflow(id: $id) { stages { id } } }';
  const found = await server.data<{ workflow: { stages: { id: string }[] } }>(token, query, { id: workflow });
  const stageIds = found.workflow.stages.map(({ id }) => id).reverse();
  const reorder = 'mutation ($input: ReorderStagesInput!) { reorderStages(input: $input) { id } }';
  await server.data(token, reorder, { input: { workflowId: workflow, stageIds } });
  const update = 'mutation ($input: UpdateStageInput!) { updateStage(input: $input) { id } }';
  await server.data(token, update, { input: { id: stageIds[1], promptTemplate: 'Write about {{topic}} in brief.' } });
}

const both = () => `/compare?left=${older}&right=${newer}`;
const marked = (page: Page) => page.locator('mark').allTextContents();

test('two runs stand side by side: the words that differ, figures, inputs, and what differs in their definitions', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, both(), { token });
  const answers = page.getByRole('region', { name: 'What they answered' });
  await answers.getByText('1 word only on the left, 3 words only on the right').waitFor();
  expect(await marked(page)).toEqual(['hummus', 'tahini at all']);
  await answers.getByText('Both answered the same.').waitFor();
  await answers.getByRole('heading', { name: '1 → 2 Draft the notice' }).waitFor();
  const margin = page.getByRole('complementary', { name: 'How they differ' });
  await margin.getByRole('row', { name: 'Attempts 2 2' }).waitFor();
  await margin.getByRole('row', { name: /^Tokens out \d+ \d+$/ }).waitFor();
  await margin.getByText('1 input is the same.').waitFor();
  await margin.getByRole('heading', { name: 'topic' }).waitFor();
  await margin.getByRole('heading', { name: 'prompt', exact: true }).waitFor();
  expect(await margin.locator('del', { hasText: 'length' }).count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

test('the link shows the same to a colleague, and the sides can be swapped', async () => {
  const mine = await visit(browser, server.origin, both(), { token });
  await mine.page.getByText('1 word only on the left').waitFor();
  await mine.page.keyboard.press('s');
  await mine.page.getByText('3 words only on the left, 1 word only on the right').waitFor();
  const { pathname, search } = new URL(mine.page.url());
  expect(search).toBe(`?left=${newer}&right=${older}`);
  const theirs = await visit(browser, server.origin, pathname + search, { token });
  await theirs.page.getByText('3 words only on the left, 1 word only on the right').waitFor();
  const shown = (page: Page) => page.locator('#main').textContent();
  expect(await shown(theirs.page)).toBe(await shown(mine.page));
  expect([...mine.complaints, ...theirs.complaints]).toEqual([]);
  await Promise.all([mine.close(), theirs.close()]);
});

test('the other run is chosen from those of the same workflow', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, `/compare?left=${older}`, { token });
  const others = page.getByRole('list', { name: 'Runs to choose from' }).getByRole('listitem');
  await others.first().waitFor();
  expect(await others.count()).toBe(1);
  await others.getByRole('button').click();
  await page.getByText('1 word only on the left').waitFor();
  expect(new URL(page.url()).search).toBe(`?left=${older}&right=${newer}`);
  await page.getByRole('button', { name: 'Another run on the left' }).click();
  await page.getByRole('dialog').getByRole('button').first().waitFor();
  await page.keyboard.press('Escape');
  expect(complaints).toEqual([]);
  await close();
});

test('a run that is not there is told, and another can be chosen', async () => {
  const path = `/compare?left=${older}&right=${crypto.randomUUID()}`;
  const { page, complaints, close } = await visit(browser, server.origin, path, { token });
  await page.getByText('The run on the right is not there.').waitFor();
  await page.getByRole('button', { name: 'Choose another run' }).click();
  await page.getByRole('dialog').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('in both themes and on a phone nothing is in the way', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, complaints, close } = await visit(browser, server.origin, both(), { token, colorScheme });
    await page.getByText('1 word only on the left').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
  const { page, complaints, close } = await visit(browser, server.origin, both(), { token, ...PHONE });
  await page.getByText('1 word only on the left').waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  expect(complaints).toEqual([]);
  await close();
});
