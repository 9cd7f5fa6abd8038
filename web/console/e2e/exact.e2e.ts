// Numbers that JavaScript would round are the same, digit for digit, wherever they come through the page.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const BIG = '9007199254740993';

/** The text of an answer; the variables are a text, too. */
async function asked(token: string, query: string, variables: string): Promise<string> {
  const response = await fetch(`${server.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: `{"query": ${JSON.stringify(query)}, "variables": ${variables}}`,
  });
  const text = await response.text();
  if (JSON.parse(text).errors) throw new Error(text);
  return text;
}

const definition = (token: string, id: string) =>
  asked(
    token,
    `query ($id: ID!) { workflow(id: $id) { metadata outputMapping stages {
      name promptTemplate messages validationCriteria outputVariables inputVariableMapping routes forEach flowiseConfig
    } } }`,
    JSON.stringify({ id }),
  );

async function exactWorkflow(token: string): Promise<string> {
  const model = JSON.stringify(await server.model());
  const made = await asked(
    token,
    'mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }',
    `{"input": {
      "name": "Exact", "metadata": {"n": ${BIG}, "f": 1.0, "list": [1.0, ${BIG}]},
      "outputMapping": {"n": {"from": "stage_1.raw", "default": ${BIG}}},
      "stages": [
        {"stageOrder": 1, "name": "One", "promptTemplate": "{{a}} {{b}}", "modelId": ${model},
         "inputVariableMapping": {"a": {"from": "inputs.a", "default": 1.0}, "b": {"from": "inputs.b", "default": ${BIG}}},
         "outputVariables": {"n": {"type": "integer", "maximum": ${BIG}}}, "flowiseConfig": {"seed": ${BIG}, "temperature": 1.0}},
        {"stageOrder": 2, "name": "Two", "promptTemplate": "x", "modelId": ${model},
         "validationType": "FUNCTION", "validationCriteria": {"functionName": "equals", "args": {"value": ${BIG}}}}
      ]
    }}`,
  );
  return JSON.parse(made).data.createWorkflow.id;
}

async function saveAll(page: Page) {
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

test('a save sends the numbers that nobody changed as they were, also beside one that was', async () => {
  const token = server.token();
  const id = await exactWorkflow(token);
  const before = await definition(token, id);
  expect(before.split(BIG)).toHaveLength(8);
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  await page.getByLabel('Temperature', { exact: true }).fill('0.5');
  await page.getByRole('link', { name: 'The workflow itself' }).click();
  await page.getByLabel('What it is for', { exact: true }).fill('Numbers');
  await saveAll(page);
  expect(await definition(token, id)).toBe(before.replace('"temperature":1.0', '"temperature":0.5'));
  expect(complaints).toEqual([]);
  await close();
});

test('numbers that are typed as JSON or into a form are shown, kept, checked, previewed and saved as they were typed', async () => {
  const token = server.token();
  const id = await server.workflow(token, {
    name: 'Typed',
    stages: [{ name: 'One', promptTemplate: '{{n}}', inputVariableMapping: { n: { from: 'inputs.n', default: 1 } } }],
  });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  const literal = page.getByLabel('Where there is none, n is this JSON', { exact: true });
  await literal.fill(BIG);
  await page.getByRole('complementary', { name: 'Preview' }).getByText(BIG).first().waitFor();
  await page.getByText('Key and more settings').click();
  await page.getByLabel('Seed', { exact: true }).fill('9007199254740995');
  await page.getByRole('link', { name: 'The workflow itself' }).click();
  const metadata = page.getByLabel('Metadata, as JSON', { exact: true });
  await metadata.fill(`{"list": [${BIG}, 1.0]}`);
  await page.getByText('kept on this machine').waitFor();

  // What is kept has them, and undoing goes back to what one typed before.
  await page.reload();
  await signIn(page, token);
  await page.getByText('Your changes of').waitFor();
  await expect.poll(async () => JSON.stringify(await metadata.inputValue())).toContain(`${BIG},\\n    1.0`);
  await metadata.fill(`{"list": [9007199254740997, 1.0]}`);
  await page.keyboard.press('Control+z');
  await expect.poll(() => metadata.inputValue()).toContain(BIG);

  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByText(BIG).first().waitFor();
  await dialog.getByText('9007199254740995').first().waitFor();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  const saved = await definition(token, id);
  expect(saved).toContain(`"metadata":{"list":[${BIG},1.0]}`);
  expect(saved).toContain(`"default":${BIG}`);
  expect(saved).toContain('"seed":9007199254740995');
  // Saved, it is what it was: nothing is left to save.
  await page.getByText('not saved').waitFor({ state: 'hidden' });
  expect(await metadata.inputValue()).toContain(BIG);

  await page.reload();
  await signIn(page, token);
  await expect.poll(() => metadata.inputValue()).toContain(BIG);
  await page.getByRole('link', { name: /One/ }).click();
  await expect.poll(() => literal.inputValue()).toBe(BIG);
  // Another digit of it is a change, also one to which the number would have been rounded.
  await literal.fill('9007199254740992');
  await saveAll(page);
  expect(await definition(token, id)).toBe(saved.replace(`"default":${BIG}`, '"default":9007199254740992'));
  expect(complaints).toEqual([]);
  await close();
});

test('a whole number and a float are two things: each is shown, changed, saved and undone as it was written', async () => {
  const token = server.token();
  const made = await asked(
    token,
    'mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }',
    '{"input": {"name": "Floats", "metadata": {"f": 1.0}, "stages": [{"stageOrder": 1, "flowiseConfig": {"temperature": 1.0}}]}}',
  );
  const id = JSON.parse(made).data.createWorkflow.id as string;
  const before = await definition(token, id);
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  const temperature = page.getByLabel('Temperature', { exact: true });
  await expect.poll(() => temperature.inputValue()).toBe('1.0');
  await temperature.fill('1');
  await page.getByText('1 change not saved').waitFor();
  await temperature.fill('1.0');
  await page.getByText('1 change not saved').waitFor({ state: 'hidden' });
  await temperature.fill('1');
  await saveAll(page);
  const whole = before.replace('"temperature":1.0', '"temperature":1');
  expect(await definition(token, id)).toBe(whole);
  await page.keyboard.press('Control+z');
  await saveAll(page);
  expect(await definition(token, id)).toBe(before);

  await page.getByRole('link', { name: 'The workflow itself' }).click();
  const metadata = page.getByLabel('Metadata, as JSON', { exact: true });
  await metadata.fill('{"f": 1, "g": 2.0}');
  await saveAll(page);
  const other = before.replace('{"f":1.0}', '{"f":1,"g":2.0}');
  expect(await definition(token, id)).toBe(other);
  await page.reload();
  await signIn(page, token);
  await expect.poll(() => metadata.inputValue()).toContain('"g": 2.0');
  expect(complaints).toEqual([]);
  await close();
});

test('the settings of a model are shown and saved with their digits', async () => {
  const token = server.token({ admin: true });
  await asked(
    token,
    'mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { id } }',
    `{"input": {"name": "Exact one", "provider": "openai", "modelIdentifierForFlowise": "exact-1",
      "configDefaults": {"extra": {"large": ${BIG}, "float": 1.0}}}}`,
  );
  const defaults = () => asked(token, '{ models { name configDefaults } }', '{}');
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });
  const dialog = page.getByRole('dialog', { name: 'Change Exact one' });
  await page.getByRole('button', { name: 'Change Exact one' }).click();
  await dialog.getByLabel('How many tokens').fill('128,000');
  await dialog.getByRole('button', { name: 'Save the model' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await defaults()).toContain(`{"extra":{"float":1.0,"large":${BIG}}}`);
  await page.getByRole('button', { name: 'Change Exact one' }).click();
  const settings = dialog.getByLabel('Settings of every call');
  await settings.fill((await settings.inputValue()).replace(BIG, '9007199254740995'));
  await dialog.getByRole('button', { name: 'Save the model' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await defaults()).toContain('{"extra":{"float":1.0,"large":9007199254740995}}');
  expect(complaints).toEqual([]);
  await close();
});

test('a file has the digits of the workflow, and the workflow that is made from it, too', async () => {
  const token = server.token();
  const id = await exactWorkflow(token);
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}`, { token });
  await page.getByRole('button', { name: 'More…' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Save to a file' }).click(),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'footlight-exact-'));
  const path = join(folder, 'workflow.json');
  await file.saveAs(path);
  const written = readFileSync(path, 'utf8');
  expect([written.split(BIG).length, written.match(/\b1\.0\b/g)?.length]).toEqual([8, 4]);

  await page.getByRole('link', { name: 'Footlight, first page' }).click();
  await page.getByRole('button', { name: 'From a file' }).click();
  await page.getByLabel('The file').setInputFiles(path);
  await page.getByRole('button', { name: 'Make the workflow' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/workflows/') && !url.pathname.endsWith(id));
  const copy = new URL(page.url()).pathname.split('/')[2] ?? '';
  expect(await definition(token, copy)).toBe(await definition(token, id));
  rmSync(folder, { recursive: true });
  expect(complaints).toEqual([]);
  await close();
});

test('what a run brought is shown, copied and compared with the digits that the server sends', async () => {
  const token = server.token();
  const outputVariables = { n: 'integer', f: 'number' };
  const from = (name: string) => ({ from: `stage_1.output.${name}` });
  const workflow = await server.workflow(token, {
    name: 'Brought',
    stages: [
      { promptTemplate: 'Count {{n}}', outputVariables },
      {
        promptTemplate: '{{m}} {{f}}',
        inputVariableMapping: { m: from('n'), f: from('f') },
        outputVariables,
      },
    ],
  });
  const OTHER = '9007199254740995';
  const runOf = async (n: string) => {
    server.provider.answer = () => ({ words: [`{"n": ${n}, "f": 0.1000000000000000055}`] });
    const start = 'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }';
    const made = await asked(token, start, `{"input": {"workflowId": "${workflow}", "inputs": {"n": ${n}}}}`);
    const id = JSON.parse(made).data.startExecution.id as string;
    await server.reached(token, id, 'COMPLETED');
    return id;
  };
  const [run, other] = [await runOf(BIG), await runOf(OTHER)];
  const query = 'query ($id: ID!) { execution(id: $id) { output logs(first: 9) { nodes { id parsedOutput } } } }';
  const text = await asked(token, query, JSON.stringify({ id: run }));
  // Laid out as the page does, digit for digit.
  const shown = /"output":(\{[^}]*\})/
    .exec(text)?.[1]
    ?.replace(/([{,])/g, '$1\n  ')
    .replace('}', '\n}')
    .replaceAll('":', '": ');
  expect(shown).toContain(`"n": ${BIG}`);
  const log = JSON.parse(text).data.execution.logs.nodes[1].id as string;

  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}?log=${log}`, { token });
  const copied = async (what: string) => {
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.getByRole('button', { name: `Copy ${what}` }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).not.toBe('');
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const margin = page.getByRole('complementary', { name: 'The chosen answer' });
  await margin.getByText(BIG, { exact: true }).waitFor();
  expect(await copied('read as')).toBe(shown);
  await margin.getByRole('button', { name: 'Close', exact: true }).click();
  expect(await copied('what its last stage brought')).toBe(shown);

  await page.goto(`${server.origin}/runs?chosen=${run}`);
  await signIn(page, token);
  await page.getByText(`"n": ${BIG}`).first().waitFor();

  await page.goto(`${server.origin}/compare?left=${run}&right=${other}`);
  await signIn(page, token);
  const marks = page.getByRole('region', { name: 'What they answered' }).locator('mark');
  await expect.poll(() => marks.allTextContents()).toEqual([BIG, OTHER, BIG, OTHER]);
  const how = page.getByRole('complementary', { name: 'How they differ' });
  expect([await how.locator('del').textContent(), await how.locator('ins').textContent()]).toEqual([BIG, OTHER]);
  expect(complaints).toEqual([]);
  await close();
});

test('a change that JavaScript rounds is a change from a snapshot', async () => {
  const token = server.token();
  const id = await exactWorkflow(token);
  const take = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  const taken = await asked(token, take, JSON.stringify({ input: { workflowId: id, name: 'Before' } }));
  const update = 'mutation ($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { id } }';
  await asked(
    token,
    update,
    `{"input": {"id": "${id}", "metadata": {"n": 9007199254740992, "f": 1.0, "list": [1.0, ${BIG}]}}}`,
  );
  const path = `/snapshots?chosen=${JSON.parse(taken).data.createSnapshot.id}`;
  const { page, complaints, close } = await visit(browser, server.origin, path, { token });
  await page.getByText('1 difference.', { exact: true }).waitFor();
  expect([await page.locator('del').allTextContents(), await page.locator('ins').allTextContents()]).toEqual([
    [BIG],
    ['9007199254740992'],
  ]);
  expect(complaints).toEqual([]);
  await close();
});

test('who decides on an answer sees the digits that its prompt was made with', async () => {
  const token = server.token();
  const workflow = await server.workflow(token, {
    name: 'Judged',
    stages: [{ promptTemplate: '{{n}}', validationType: 'MANUAL' }],
  });
  const start = 'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }';
  const made = await asked(token, start, `{"input": {"workflowId": "${workflow}", "inputs": {"n": ${BIG}}}}`);
  await server.reached(token, JSON.parse(made).data.startExecution.id, 'PAUSED');
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  const given = page.getByRole('complementary', { name: 'Where it comes from' });
  await given.getByText(BIG, { exact: true }).first().waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a run shows its inputs with their digits, and a rerun has them, where another input was changed', async () => {
  const token = server.token();
  const workflow = await server.workflow(token, {
    name: 'Given',
    stages: [{ promptTemplate: '{{topic}} {{n}} {{f}} {{list}}' }],
  });
  const made = await asked(
    token,
    'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }',
    `{"input": {"workflowId": "${workflow}", "inputs": {"topic": "tea", "n": ${BIG}, "f": 1.0, "list": [${BIG}, 1.0, 2]}}}`,
  );
  const run = JSON.parse(made).data.startExecution.id as string;
  await server.reached(token, run, 'COMPLETED');
  const given = (id: string) =>
    asked(token, 'query ($id: ID!) { execution(id: $id) { executionInputs } }', JSON.stringify({ id }));
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await page.getByText(BIG, { exact: true }).first().waitFor();
  await page.getByText('1.0', { exact: true }).first().waitFor();

  const rerun = async (change: (dialog: ReturnType<Page['getByRole']>) => Promise<void>) => {
    await page.goto(`${server.origin}/runs/${run}`);
    await signIn(page, token);
    await page.getByRole('button', { name: 'Rerun from…', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await change(dialog);
    await dialog.getByRole('button', { name: 'Rerun', exact: true }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.href.includes(run));
    return given(new URL(page.url()).pathname.split('/').at(-1) ?? '');
  };
  const before = await given(run);
  expect(await rerun(async () => {})).toBe(before);
  expect(await rerun((dialog) => dialog.getByLabel('topic').fill('coffee'))).toBe(before.replace('tea', 'coffee'));
  const list = (await rerun(async (dialog) => {
    const field = dialog.getByLabel('list', { exact: true });
    await expect.poll(() => field.inputValue()).toContain(BIG);
    await field.fill((await field.inputValue()).replace('2\n', '9007199254740995\n'));
  })) as string;
  expect(list).toBe(before.replace('1.0,2]', '1.0,9007199254740995]'));
  expect(complaints).toEqual([]);
  await close();
});
