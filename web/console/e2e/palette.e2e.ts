import { expect, test } from 'vitest';
import { accessibilityFaults, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

test('Ctrl K finds a workflow by name, and any id that is pasted opens its thing', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Recall notice', stages: [{ promptTemplate: 'say it' }] });
  const runId = await server.run(token, workflowId);
  await server.reached(token, runId, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find a workflow' }).fill('recall');
  await page.getByRole('option', { name: 'Recall notice workflow', exact: true }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/workflows/${workflowId}*`);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find a workflow' }).fill(` ${runId.toUpperCase()} `);
  await page.getByRole('option', { name: 'This run' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${runId}*`);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find a workflow' }).fill(crypto.randomUUID());
  await page.getByText('Nothing of yours has that id.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: 'Find a workflow' }).waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
  await close();
});

test('Enter before anything is found opens the first thing that is', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Lichen', stages: [{ promptTemplate: 'say it' }] });
  const runId = await server.run(token, workflowId);
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });
  let held = Promise.resolve();
  await page.route('**/graphql', async (route) => {
    await held;
    await route.continue();
  });
  for (const [words, path] of [
    ['lichen', `/workflows/${workflowId}`],
    [runId, `/runs/${runId}`],
  ] as const) {
    let release = () => {};
    held = new Promise((settle) => {
      release = settle;
    });
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find a workflow' }).fill(words);
    await page.keyboard.press('Enter');
    await page.getByText('Looking…').waitFor();
    release();
    await page.waitForURL(`**${path}*`);
    await page.getByRole('combobox', { name: 'Find a workflow' }).waitFor({ state: 'detached' });
  }
  expect(complaints).toEqual([]);
  await close();
});

test('the id of whatever a page can open, pasted, opens it', async () => {
  const token = server.token();
  const model = await server.model('The one of many');
  const workflowId = await server.workflow(token, {
    name: 'Moss',
    stages: [{ promptTemplate: 'say it' }, { name: 'Second', promptTemplate: 'again' }],
  });
  const runId = await server.run(token, workflowId);
  await server.reached(token, runId, 'COMPLETED');
  const take = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  const { createSnapshot: snapshot } = await server.data<{ createSnapshot: { id: string } }>(token, take, {
    input: { workflowId, name: 'As it was' },
  });
  const inside = `query ($run: ID!, $workflow: ID!) {
    execution(id: $run) { logs { nodes { id } } }
    workflow(id: $workflow) { stages { id } }
  }`;
  const { execution, workflow } = await server.data<{
    execution: { logs: { nodes: { id: string }[] } };
    workflow: { stages: { id: string }[] };
  }>(token, inside, { run: runId, workflow: workflowId });
  const attempt = execution.logs.nodes[1]?.id ?? '';
  const { page, complaints, close } = await visit(browser, server.origin, '/settings', { token });
  const open = async (id: string, name: string, path: string) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find a workflow' }).fill(id);
    await page.getByRole('option', { name, exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(server.origin + path);
  };

  await open(workflowId, 'Moss workflow', `/workflows/${workflowId}`);
  await page.getByRole('heading', { level: 1, name: 'Moss' }).waitFor();
  await open(runId, 'This run run', `/runs/${runId}`);
  await page
    .getByRole('navigation', { name: 'Stages' })
    .getByRole('button', { name: /Second/ })
    .waitFor();
  await open(attempt, 'An attempt at stage 2 attempt', `/runs/${runId}?log=${attempt}`);
  await page.getByRole('heading', { name: /^Stage 2, 1st answer/ }).waitFor();
  await open(workflow.stages[1]?.id ?? '', 'Second stage', `/workflows/${workflowId}?stage=2`);
  await page.getByRole('region', { name: 'Stage 2', exact: true }).waitFor();
  await open(snapshot.id, 'As it was snapshot', `/workflows/${workflowId}/snapshots?chosen=${snapshot.id}`);
  await page.getByRole('heading', { level: 2, name: 'As it was' }).waitFor();
  await open(model, 'The one of many model', `/models?chosen=${model}`);
  const row = page.getByRole('listitem').filter({ hasText: 'The one of many' });
  await expect.poll(() => row.getAttribute('aria-current')).toBe('true');
  expect(await page.locator('main [aria-current]').count()).toBe(1);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('Ctrl K does what the page can do, makes a workflow, and starts one', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Science page', stages: [{ promptTemplate: '{{topic}}' }] });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${workflowId}`, { token });
  const choose = async (words: string, name: string | RegExp) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find a workflow' }).fill(words);
    await page.getByRole('option', { name }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Find or do' }).waitFor({ state: 'detached' });
  };
  await page.getByRole('heading', { name: 'Science page' }).waitFor();
  const stages = page.getByRole('navigation', { name: 'Stages' }).getByRole('listitem');
  const before = await stages.count();
  await choose('add a st', 'Add a stage');
  await expect.poll(() => stages.count()).toBe(before + 1);
  await choose('its snap', 'See its snapshots');
  await page.waitForURL(`**/workflows/${workflowId}/snapshots`);
  await choose('take', 'Take a snapshot');
  await page.getByRole('dialog').getByRole('textbox').first().waitFor();
  await page.keyboard.press('Escape');
  await choose('failed', 'Failed runs');
  await page.waitForURL('**/runs?statuses=FAILED');
  await choose('start science', 'Start Science page');
  await page.waitForURL(`**/workflows/${workflowId}/start`);
  await page.getByLabel('topic', { exact: true }).fill('moss');
  await choose('start the', 'Start the run');
  await page.waitForURL(/\/runs\//);
  await choose('new wo', 'New workflow');
  await page.waitForURL((url) => url.pathname.startsWith('/workflows/') && !url.pathname.includes(workflowId));
  expect(complaints).toEqual([]);
  await close();
});

test('an id as a page shortens it is found among what is recent', async () => {
  const token = server.token();
  const workflowId = await server.workflow(token, { name: 'Moss', stages: [{ promptTemplate: 'say it' }] });
  const runId = await server.run(token, workflowId);
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token });
  await page.keyboard.press('Control+k');
  const search = page.getByRole('combobox', { name: 'Find a workflow' });
  await search.fill(`${runId.slice(0, 8)}…${runId.slice(-4)}`);
  await page.getByRole('option', { name: /^Moss, .* run$/ }).waitFor();
  await search.fill(`${runId.slice(0, 8)}…0000`);
  await page.getByText('With the whole id anything is found.').waitFor();
  await search.fill(`Run ${runId.slice(0, 13)}`);
  await page.getByRole('option', { name: /^Moss, .* run$/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${runId}*`);
  expect(complaints).toEqual([]);
  await close();
});

test('? shows the keys that act here, and a new page takes the focus', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, '/models', { token: server.token() });
  await page.getByRole('heading', { name: 'Models' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('find or do anything').waitFor();
  await page.keyboard.press('Escape');
  await page
    .getByRole('link', { name: 'Settings' })
    .or(page.getByRole('banner').locator('a[href="/settings"]'))
    .first()
    .click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
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
