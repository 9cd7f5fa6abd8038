import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();
/** The person whose runs they are; each test and each colleague of theirs has a session of their own. */
let token: string;
let older: string;
let newer: string;
let workflow: string;

beforeAll(async () => {
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

/** A token a word, and 40 ms. */
async function runWith(draft: string, inputs: object): Promise<string> {
  server.provider.answer = ({ messages }) => ({
    words: messages.at(-1)?.content.includes('Translate') ? ['نسحب من الأسواق عبوات الحمّص'] : draft.split(/(?<= )/),
    pace: () => new Promise((pass) => setTimeout(pass, 40)),
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
  await margin.getByRole('row', { name: 'Tokens in 22 22', exact: true }).waitFor();
  await margin.getByRole('row', { name: 'Tokens out 7 9', exact: true }).waitFor();
  await margin.getByText('1 input is the same.').waitFor();
  await margin.getByRole('heading', { name: 'topic' }).waitFor();
  await margin.getByRole('heading', { name: 'prompt', exact: true }).waitFor();
  expect(await margin.locator('del', { hasText: 'length' }).count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

const seconds = (told: string): number => {
  const units = { ms: 0.001, s: 1, min: 60 } as const;
  const found = [...told.matchAll(/([\d.]+) (ms|s|min)\b/g)];
  return found.reduce((sum, [, value, unit]) => sum + Number(value) * units[unit as keyof typeof units], 0);
};

/** How long a run took, and how long its models spoke, in seconds. */
async function timesOf(run: string): Promise<{ whole: number; models: number }> {
  const query = `query ($id: ID!) {
    execution(id: $id) { createdAt completedAt logs { nodes { executedAt answeredAt } } }
  }`;
  const { execution } = await server.data<{
    execution: {
      createdAt: string;
      completedAt: string;
      logs: { nodes: { executedAt: string; answeredAt: string }[] };
    };
  }>(token, query, { id: run });
  const between = (one: string, other: string) => (Date.parse(other) - Date.parse(one)) / 1000;
  const spoken = execution.logs.nodes.map(({ executedAt, answeredAt }) => between(executedAt, answeredAt));
  return {
    whole: between(execution.createdAt, execution.completedAt),
    models: spoken.reduce((sum, one) => sum + one, 0),
  };
}

test('times are those of the runs, by stage they sum up to the whole, and their bars are to scale', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, both(), { token });
  const margin = page.getByRole('complementary', { name: 'How they differ' });
  const figures = async (name: string) => {
    const cells = await margin
      .getByRole('row', { name: new RegExp(`^${name} `) })
      .getByRole('cell')
      .allTextContents();
    return cells.map(seconds);
  };
  await margin.getByRole('row', { name: /^Took / }).waitFor();
  const [took, models] = [await figures('Took'), await figures('Models')];
  const known = [await timesOf(older), await timesOf(newer)];
  for (const [side, { whole, models: spoken }] of known.entries()) {
    // Above a second tenths are told.
    expect(Math.abs((took[side] ?? 0) - whole)).toBeLessThan(0.06);
    expect(Math.abs((models[side] ?? 0) - spoken)).toBeLessThan(0.06);
  }
  const bars = await margin.locator('li > span:has(> [aria-hidden=true])').evaluateAll((lines) =>
    lines.map((line) => ({
      told: line.lastElementChild?.textContent ?? '',
      width: [...line.querySelectorAll('i')].reduce((sum, part) => sum + part.getBoundingClientRect().width, 0),
    })),
  );
  expect(bars.length).toBe(4);
  const lengths = bars.map(({ told }) => seconds(told));
  // Left and right of each stage in turn.
  for (const side of [0, 1]) expect((lengths[side] ?? 0) + (lengths[side + 2] ?? 0)).toBeCloseTo(took[side] ?? 0, 1);
  const longest = bars[lengths.indexOf(Math.max(...lengths))];
  const rate = (longest?.width ?? 0) / Math.max(...lengths);
  expect(rate).toBeGreaterThan(0);
  for (const [index, { width }] of bars.entries())
    expect(Math.abs(width - (lengths[index] ?? 0) * rate)).toBeLessThan(3);
  expect(complaints).toEqual([]);
  await close();
});

test('somebody else to whom the link comes sees neither run, and is told why', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, both(), { token: server.token() });
  await page
    .getByText('The run on the left is not there. It may have been deleted, or it may be somebody else’s.')
    .waitFor();
  await page.getByRole('button', { name: 'Choose another run' }).waitFor();
  await page.keyboard.press('s');
  await page.waitForURL(`**/compare?left=${newer}&right=${older}`);
  await page.getByText('The run on the left is not there.').waitFor();
  expect(await page.locator('body').textContent()).not.toMatch(/hummus|tahini|Recall notice/);
  expect(await accessibilityFaults(page)).toEqual([]);
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
