import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';
import { gate } from './support/provider.ts';
import { startDev } from './support/server.ts';

const { server, browser } = await opened();

const STAGES = [
  { name: 'Write', promptTemplate: 'Write about {{topic}}' },
  { promptTemplate: 'Shorten {{stage_1.output.text}}' },
];
const entry = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });

// Within three minutes, as is wanted: a test that takes one has failed.
test('a newcomer has written and run a workflow of two stages by the page alone', async () => {
  const dev = await startDev();
  const { page, complaints, close } = await visit(browser, dev.origin, '/');
  await page.getByRole('button', { name: 'New workflow' }).click();
  const stages = page.getByRole('navigation', { name: 'Stages' });
  const prompt = (stage: number) =>
    page
      .getByRole('region', { name: `Stage ${stage}`, exact: true })
      .getByRole('textbox', { name: 'Prompt', exact: true });
  await prompt(1).click();
  await page.keyboard.type('Name three plants that grow beside {{topic}}');
  await stages.getByRole('button', { name: 'Add a stage' }).click();
  await prompt(2).click();
  await page.keyboard.type('Praise every plant of this list: {{stage_1.');
  // The answer of the stage before is offered.
  await page.locator('.cm-completionLabel', { hasText: 'stage_1.raw' }).click();
  await expect.poll(() => prompt(2).textContent()).toBe('Praise every plant of this list: {{stage_1.raw}}');
  await page.getByRole('main').getByRole('status').getByText('2 stages, no problem found').waitFor();
  await page.getByRole('button', { name: 'Start a run…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save and start' }).click();
  await page.getByRole('heading', { name: 'Start a run', level: 1 }).waitFor();
  await page.getByLabel('topic', { exact: true }).fill('Watercourses');
  await page.getByRole('region', { name: 'Start' }).getByRole('button', { name: 'Start' }).click();
  await page.waitForURL(/\/runs\/[0-9a-f-]+$/);
  await page.getByRole('main').getByRole('status').getByText('2 stages, 2 answers').waitFor();
  const texts = page.locator('article [data-text]');
  await expect.poll(() => texts.count()).toBe(2);
  const first = (await texts.first().textContent()) ?? '';
  expect(first).not.toBe('');
  // The second was given what the first had answered.
  const margin = page.getByRole('complementary', { name: 'The chosen answer' });
  for (const [stage, sent] of [
    ['1', 'Name three plants that grow beside Watercourses'],
    ['2', `Praise every plant of this list: ${first}`],
  ] as const) {
    await stages.getByRole('button', { name: new RegExp(`^${stage} .*passed`) }).click();
    await margin.getByRole('heading', { name: new RegExp(`Stage ${stage}`) }).waitFor();
    await expect.poll(() => margin.textContent()).toContain(sent);
  }
  expect(complaints).toEqual([]);
  await close();
  await dev.stop();
});

test('a newcomer runs a sample, and sees what the model is that comes with the binary', async () => {
  const dev = await startDev();
  const { page, complaints, close } = await visit(browser, dev.origin, '/');
  await page.getByRole('button', { name: 'From a sample', exact: true }).click();
  await page.getByRole('dialog', { name: /^Begin with one of \d+ samples$/ }).waitFor();
  // What the offline model answers, and how to get another, stands beside it, also where stages are written.
  const demo = 'it only picks words out of the prompt';
  await page.getByRole('dialog').getByText(demo).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Translate with a glossary' }).click();
  await page.getByRole('heading', { name: 'Start a run' }).waitFor();
  await expect.poll(() => page.getByLabel('language', { exact: true }).inputValue()).toBe('German');
  await page.getByRole('button', { name: 'Start', exact: false }).last().click();
  await page.waitForURL(/\/runs\/[0-9a-f-]+$/);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Workflows' }).click();
  await entry(page, 'Translate with a glossary').getByText('Completed').waitFor();
  await page.getByRole('link', { name: /^Translate with a glossary/ }).click();
  await page.getByRole('region', { name: 'Stage 1', exact: true }).getByText(demo).waitFor();
  expect(complaints).toEqual([]);
  await close();
  await dev.stop();
});

test('whoever has nothing yet sees what this is, and begins with a stage of their own', async () => {
  const token = server.token();
  await server.model('first');
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  await page.getByRole('heading', { name: 'Nothing is playing yet' }).waitFor();
  await page.keyboard.press('c');
  await page.waitForURL(/\/workflows\/[0-9a-f-]+/);
  const { workflows } = await server.data<{ workflows: { nodes: { stages: { model: object | null }[] }[] } }>(
    token,
    '{ workflows { nodes { stages { model { id } } } } }',
  );
  expect(workflows.nodes.map(({ stages }) => stages.length)).toEqual([1]);
  expect(workflows.nodes[0]?.stages[0]?.model).not.toBeNull();
  expect(complaints).toEqual([]);
  await close();
});

test('the list shows the last run as it goes on, and what is wrong', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  await server.workflow(token, { name: 'Not written yet', stages: [{ promptTemplate: null }] });
  const { pace, release } = gate(1);
  server.provider.answer = () => ({ words: ['moss', ' grows'], pace });
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  await entry(page, 'Science page').getByText('Has not run yet').waitFor();
  await entry(page, 'Not written yet').getByRole('link', { name: '1 problem' }).waitFor();
  await server.run(token, id, { topic: 'moss' });
  await entry(page, 'Science page').getByText('Running').waitFor();
  release();
  await entry(page, 'Science page').getByText('Completed').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('500 workflows are searched, paged and walked by keys', async () => {
  const token = server.token();
  for (let number = 1; number <= 500; number += 1) {
    await server.workflow(token, { name: `Workflow ${String(number).padStart(3, '0')}`, stages: STAGES });
  }
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  const rows = page.getByRole('list', { name: 'Workflows' }).getByRole('listitem');
  await expect.poll(() => rows.count()).toBe(50);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect.poll(() => rows.count()).toBe(100);
  await page.keyboard.press('/');
  await page.keyboard.type('workflow 49');
  await expect.poll(() => rows.count()).toBe(10);
  expect(new URL(page.url()).searchParams.get('search')).toBe('workflow 49');
  await page.getByRole('heading', { name: 'Workflows' }).click();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Workflow 498');
  await page.getByRole('searchbox').fill('no such name');
  await page.getByText('No workflow has “no such name” in its name.').waitFor();
  await page.goBack();
  await expect.poll(() => rows.count()).toBe(100);
  expect(complaints).toEqual([]);
  await close();
});

test('a workflow is duplicated, and deleted with a word before', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Corrections', stages: STAGES });
  const { pace, release } = gate(0);
  server.provider.answer = () => ({ words: ['late'], pace });
  const run = await server.run(token, id, { topic: 'moss' });
  await server.reached(token, run, 'RUNNING');
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  await page.getByRole('button', { name: 'More about Corrections' }).click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  const rows = page.getByRole('list', { name: 'Workflows' }).getByRole('listitem');
  await expect.poll(() => rows.count()).toBe(2);

  await page.getByRole('button', { name: 'More about Corrections', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByText('One of its runs is under way: it is cancelled.').waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
  expect(await rows.count()).toBe(2);
  await page.getByRole('button', { name: 'More about Corrections', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete the workflow' }).click();
  await expect.poll(() => rows.count()).toBe(1);
  await server.reached(token, run, 'CANCELLED');
  release();
  expect(complaints).toEqual([]);
  await close();
});

const DEFINITION = `query ($id: ID!) { workflow(id: $id) { name description metadata outputMapping stages {
  stageOrder key name systemTemplate messages promptTemplate retryPromptTemplate model { id } timeoutSeconds validationType
  validationCriteria outputVariables inputVariableMapping retryLimit nextStageOnPass nextStageOnFail routes forEach
  flowiseConfig } } }`;

test('a workflow goes into a file and comes out of it the same, and what is no workflow says why', async () => {
  const token = server.token();
  const model = await server.model('judge');
  const id = await server.workflow(token, {
    name: 'עמוד המדע',
    description: 'What it is for',
    outputMapping: { title: 'draft.title' },
    stages: [
      {
        key: 'draft',
        name: 'Draft',
        systemTemplate: 'You are dry.',
        messages: [{ role: 'user', content: 'An example' }],
        promptTemplate: 'Write about {{inputs.topic}}\u2028\n  and {{{{ no braces',
        outputVariables: { title: 'string', tags: { type: 'array', items: { type: 'string' } } },
        validationType: 'LLM',
        validationCriteria: { prompt: 'Is it dry? {{output}}', modelId: model },
        retryLimit: 2,
        timeoutSeconds: 30,
        flowiseConfig: { temperature: 0.25, stop: ['END'] },
        routes: { by: 'draft.title', to: { end: 0 } },
      },
      { name: 'Each', promptTemplate: '{{item}}', forEach: { in: 'draft.tags', concurrency: 2 }, nextStageOnPass: 0 },
    ],
  });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}`, { token });
  await page.getByRole('button', { name: 'More…' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Save to a file' }).click(),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'footlight-file-'));
  const path = join(folder, 'workflow.json');
  await file.saveAs(path);

  await page.getByRole('link', { name: 'Footlight, first page' }).click();
  await page.getByRole('button', { name: 'From a file' }).click();
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, readFileSync(path, 'utf8').replace('"promptTemplate"', '"promptTemplat"'));
  await page.getByLabel('The file').setInputFiles(broken);
  await page
    .getByRole('dialog')
    .getByText(/promptTemplat\b/)
    .first()
    .waitFor();
  await page.getByLabel('The file').setInputFiles(path);
  await page.getByText('“עמוד המדע”, 2 stages').waitFor();
  await page.getByRole('button', { name: 'Make the workflow' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/workflows/') && !url.pathname.endsWith(id));
  const copy = new URL(page.url()).pathname.split('/').at(-1);
  expect(await server.data(token, DEFINITION, { id: copy })).toEqual(await server.data(token, DEFINITION, { id }));
  rmSync(folder, { recursive: true });
  expect(complaints).toEqual([]);
  await close();
});

test('the list and the first page are for everybody, in both themes and on a phone', async () => {
  const token = server.token();
  const name = 'Bescheide in leichter Sprache, Datenschutzfolgenabschätzungsunterlagenübermittlung';
  for (const colorScheme of ['light', 'dark'] as const) {
    const first = await visit(browser, server.origin, '/', { token: server.token(), colorScheme });
    await first.page.getByRole('heading', { name: 'Nothing is playing yet' }).waitFor();
    expect(await accessibilityFaults(first.page)).toEqual([]);
    await first.close();
  }
  const id = await server.workflow(token, {
    name,
    stages: [{ promptTemplate: '{{topic}}', validationType: 'MANUAL' }],
  });
  await server.reached(token, await server.run(token, id, { topic: 'x' }), 'PAUSED');
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, complaints, close } = await visit(browser, server.origin, '/', { token, colorScheme, ...PHONE });
    await entry(page, name).getByText('Waits for you').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await page.getByRole('button', { name: 'From a file' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
});
