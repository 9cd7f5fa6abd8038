import { expect, test } from 'vitest';
import { visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const PAGE = { name: 'A page', stages: [{ name: 'Draft', promptTemplate: 'Write about {{topic}}' }] };

test('where a run was deleted the next one takes its place, and a new one is seen as it comes', async () => {
  const token = server.token();
  const workflow = await server.workflow(token, PAGE);
  const runs: string[] = [];
  for (const topic of ['moths', 'bats', 'owls']) {
    runs.push(await server.run(token, workflow, { topic }));
    await server.reached(token, runs.at(-1) ?? '', 'COMPLETED');
  }
  const [moths, bats, owls] = runs;
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  const row = (id = '') => page.locator(`[data-run="${id}"]`);
  await row(owls).click();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await page.waitForURL('**/runs');
  await row(bats).waitFor();
  const places = async () => (await page.locator('[data-run]').all()).map((one) => one.getAttribute('data-run'));
  await expect.poll(async () => Promise.all(await places())).toEqual([bats, moths]);
  const newest = await server.run(token, workflow, { topic: 'foxes' });
  await row(newest).waitFor();
  await expect.poll(async () => Promise.all(await places())).toEqual([newest, bats, moths]);
  expect(complaints).toEqual([]);
  await close();
});

test('the bar of a lost process stands on the same floor as all others', async () => {
  const token = server.token();
  const never = new Promise<void>(() => {});
  server.provider.answer = () => ({ words: ['one', ' two'], pace: () => never });
  const workflow = await server.workflow(token, PAGE);
  const run = await server.run(token, workflow, { topic: 'moths' });
  await server.reached(token, run, 'RUNNING');
  await expect.poll(() => server.provider.calls.length).toBeGreaterThan(0);
  // How long its process has been at it when it dies: the width of its bar.
  await new Promise((wait) => setTimeout(wait, 1500));
  await server.kill();
  server.provider.answer = () => ({ words: ['one', ' two'] });
  await server.start();
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const foot = page.getByRole('region', { name: 'Time' });
  const lost = foot.getByRole('button', { name: /lost/ }).first();
  await lost.waitFor({ timeout: 50_000 });
  await server.reached(token, run, 'COMPLETED');
  const floors = () =>
    foot.locator('[data-stop] > span').evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().bottom));
  await expect.poll(async () => (await floors()).length).toBeGreaterThan(1);
  const found = await floors();
  expect(Math.max(...found) - Math.min(...found)).toBeLessThan(1);
  expect(complaints).toEqual([]);
  await close();
});
