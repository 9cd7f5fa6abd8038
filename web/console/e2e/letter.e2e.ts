import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PHONE, scrollsSideways, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const SENTENCE = 'The depot kept the chair for ten days, and nobody told you why.';

const pieces = (text: string): string[] => text.match(/[\s\S]{1,20000}/g) ?? [];

/** Letters of one answer, the oldest first, and who they wait for. */
async function waiting(answer: string, count: number, input = 'complaint'): Promise<{ token: string; runs: string[] }> {
  const token = server.token();
  server.provider.answer = () => ({ words: pieces(answer) });
  const stage = { name: 'Second reading', promptTemplate: `Answer {{${input}}}`, validationType: 'MANUAL' };
  const workflow = await server.workflow(token, { name: 'Complaints desk', stages: [stage] });
  const runs: string[] = [];
  for (let one = 1; one <= count; one += 1) {
    runs.push(await server.run(token, workflow, { [input]: `complaint ${one}` }));
    await server.reached(token, runs.at(-1) ?? '', 'PAUSED');
  }
  return { token, runs };
}

async function oldest(token: string): Promise<string | undefined> {
  const query = '{ pendingValidations(first: 1) { nodes { id } } }';
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(token, query);
  return pendingValidations.nodes[0]?.id;
}

const field = (page: Page) => page.locator('[data-field=edit]');
const isTyping = (page: Page) => page.waitForFunction(() => document.activeElement?.matches('[data-field=edit]'));
/** The caps that are seen on the buttons of the foot. */
const caps = (page: Page) => page.getByRole('region', { name: 'Decide' }).locator('kbd:visible').allTextContents();

test('what is typed stays a text, though the letter is decided elsewhere meanwhile', async () => {
  const { token, runs } = await waiting(SENTENCE, 2);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText(SENTENCE).waitFor();
  await page.keyboard.press('e');
  await isTyping(page);
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' We just');
  const decide = 'mutation ($id: ID!) { recordManualValidation(input: { logId: $id, result: PASS }) { id } }';
  await server.data(token, decide, { id: await oldest(token) });
  await page.getByText('It was decided meanwhile', { exact: false }).waitFor();
  await isTyping(page);
  await page.keyboard.type(' pay');
  expect(await field(page).inputValue()).toBe(`${SENTENCE} We just pay`);
  await page.getByRole('button', { name: 'Copy your edit' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${SENTENCE} We just pay`);
  const query = 'query ($id: ID!) { execution(id: $id) { status } }';
  const other = await server.data<{ execution: { status: string } }>(token, query, { id: runs[1] });
  expect(other.execution.status).toBe('PAUSED');
  expect(complaints).toEqual([]);
  await close();
});

test('caps of keys that a text takes are not shown while it is written', async () => {
  const { token } = await waiting(SENTENCE, 2);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText(SENTENCE).waitFor();
  expect(await caps(page)).toEqual(['J', 'E', 'N', 'F', 'P']);
  await page.keyboard.press('e');
  await isTyping(page);
  expect(await caps(page)).toEqual(['Ctrl Enter']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  expect(await caps(page)).toEqual(['E', 'N', 'F', 'P']);
  expect(complaints).toEqual([]);
  await close();
});

test('two words put in at the start of a long letter are told as two words', async () => {
  const { token } = await waiting(`${SENTENCE}\n\n`.repeat(4_000), 1);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText(SENTENCE, { exact: false }).waitFor();
  await page.keyboard.press('e');
  await isTyping(page);
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('Dear Noor, ');
  await page.getByText('2 words put in', { exact: true }).waitFor();
  expect(await page.getByRole('article').locator('ins').allTextContents()).toEqual(['Dear Noor, ']);
  expect(await page.getByRole('article').locator('del').count()).toBe(0);
  await page.getByRole('button', { name: /words between, show them/ }).waitFor();
  await page.getByRole('article').getByText('52,002 words').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a variable with a long name does not make a phone scroll sideways', async () => {
  const name = `complaint_${'of_the_depot_'.repeat(5)}`;
  const { token } = await waiting(SENTENCE, 1, name);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token, ...PHONE });
  await page.getByText(SENTENCE).first().click();
  await page.getByText(name).waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  expect(complaints).toEqual([]);
  await close();
});
