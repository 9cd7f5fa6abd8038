import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const STAGES = [
  { name: 'Write', promptTemplate: 'Write three sentences about {{topic}}' },
  { name: 'Judge', promptTemplate: 'Is it any good?' },
];

async function prompts(token: string, id: string): Promise<(string | null)[]> {
  const query = 'query ($id: ID!) { workflow(id: $id) { stages { promptTemplate } } }';
  const { workflow } = await server.data<{ workflow: { stages: { promptTemplate: string | null }[] } }>(token, query, {
    id,
  });
  return workflow.stages.map(({ promptTemplate }) => promptTemplate);
}

/** Says something else in the first stage. */
async function rewrite(token: string, id: string, promptTemplate: string): Promise<void> {
  const { workflow } = await server.data<{ workflow: { stages: { id: string }[] } }>(
    token,
    'query ($id: ID!) { workflow(id: $id) { stages { id } } }',
    { id },
  );
  const query = 'mutation ($input: UpdateStageInput!) { updateStage(input: $input) { id } }';
  await server.data(token, query, { input: { id: workflow.stages[0]?.id, promptTemplate } });
}

async function take(page: Page, name: string, why: string): Promise<void> {
  await page.getByRole('button', { name: 'Take a snapshot' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Why it is kept').fill(why);
  await page.getByRole('button', { name: 'Take the snapshot' }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}

test('the diff names stage, field and text, against now and against another snapshot', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/snapshots`, { token });
  await page.getByText('Nothing is kept yet.').waitFor();
  await take(page, 'Before the holidays', 'As it ran all of November');
  await page.getByText('Nothing differs.').waitFor();
  await rewrite(token, id, 'Write two sentences about {{topic}}');
  await page.reload();
  await signIn(page, token);
  await page.getByText('1 difference, in 1 stage.').waitFor();
  await page.getByRole('heading', { name: '1 Write' }).waitFor();
  await page.getByRole('heading', { name: 'prompt', exact: true }).waitFor();
  expect(await page.locator('del').allTextContents()).toEqual(['three']);
  expect(await page.locator('ins').allTextContents()).toEqual(['two']);

  await take(page, 'Shorter', '');
  await rewrite(token, id, 'Write nothing');
  await page.getByRole('link', { name: 'Before the holidays' }).click();
  await page.getByLabel('Changes from here to').selectOption({ index: 1 });
  await expect.poll(() => page.locator('ins').allTextContents()).toEqual(['two']);
  const address = new URL(page.url());
  expect(address.searchParams.get('against')).not.toBeNull();
  const colleague = await visit(browser, server.origin, address.pathname + address.search, { token });
  await expect.poll(() => colleague.page.locator('ins').allTextContents()).toEqual(['two']);
  expect([...complaints, ...colleague.complaints]).toEqual([]);
  await Promise.all([close(), colleague.close()]);
});

test('a snapshot is restored in place, with what it was saved first, or as a new workflow', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/snapshots`, { token });
  await take(page, 'Good one', '');
  await rewrite(token, id, 'Spoilt');
  await page.getByRole('button', { name: 'Restore…' }).click();
  await page.getByText('What it is now is saved first').waitFor();
  await page.getByRole('button', { name: 'Restore it in place' }).click();
  await page.waitForURL(new RegExp(`/workflows/${id}$`));
  expect(await prompts(token, id)).toEqual(STAGES.map(({ promptTemplate }) => promptTemplate));

  await page.goto(`${server.origin}/workflows/${id}/snapshots`);
  await signIn(page, token);
  await page.getByRole('link', { name: 'Before restoring Good one' }).getByText('saved before a restore').waitFor();
  await page.getByRole('link', { name: 'Before restoring Good one' }).click();
  await page.getByRole('button', { name: 'Restore…' }).click();
  await page.getByLabel('As a new workflow').check();
  await page.getByRole('button', { name: 'Make a new workflow' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/workflows/') && !url.pathname.includes(id));
  const made = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  expect((await prompts(token, made))[0]).toBe('Spoilt');
  expect(complaints).toEqual([]);
  await close();
});

test('a snapshot is named anew, deleted with a word before, and refused where there are too many', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  await server.data(token, 'mutation { updateProfile(input: { maxSnapshots: 1 }) { id } }');
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/snapshots`, { token });
  await take(page, 'Frist', '');
  await page.getByRole('button', { name: 'Rename…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('First');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: /^First/ }).waitFor();

  await page.getByRole('button', { name: 'Take a snapshot' }).click();
  await page.getByLabel('Name', { exact: true }).fill('One too many');
  await page.getByRole('button', { name: 'Take the snapshot' }).click();
  await page.getByRole('alert').getByText('maxSnapshots is 1').waitFor();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('One too many');
  await page.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByText('It cannot be brought back.').waitFor();
  await page.getByRole('button', { name: 'Delete the snapshot' }).click();
  await page.getByText('Nothing is kept yet.').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('all snapshots are for everybody, in both themes and on a phone', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'עמוד המדע', stages: STAGES });
  const query = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  const name = `Datenschutzfolgenabschätzungsunterlagenübermittlung ${'x'.repeat(60)}`;
  const { createSnapshot } = await server.data<{ createSnapshot: { id: string } }>(token, query, {
    input: { workflowId: id, name, description: 'למה נשמר' },
  });
  await rewrite(token, id, `Other ${'y'.repeat(200)}`);
  for (const colorScheme of ['light', 'dark'] as const) {
    const options = { token, colorScheme, ...PHONE };
    const path = `/snapshots?chosen=${createSnapshot.id}`;
    const { page, complaints, close } = await visit(browser, server.origin, path, options);
    await page.getByText('1 difference, in 1 stage.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await page.getByRole('button', { name: 'Restore…' }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
});
