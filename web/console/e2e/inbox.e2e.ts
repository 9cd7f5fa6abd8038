import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened({ MAX_CONCURRENT_STAGES: '16' });

const LETTER = 'Dear Ms Okonkwo, you waited 47 days, and for this we can only offer our sincere apologies.';

server.provider.answer = () => ({ words: [LETTER] });

const DESK = {
  name: 'Complaints desk, wheelchair and mobility aids',
  stages: [
    {
      name: 'Second reading for the ombudsman',
      promptTemplate: 'Answer {{complaint}}',
      retryPromptTemplate: 'Answer again, they said {{notes}}',
      validationType: 'MANUAL',
      retryLimit: 2,
    },
    { name: 'Send', promptTemplate: 'Send {{stage_1.raw}}' },
  ],
};

/** So many runs that wait for their owner, the oldest first. */
async function waiting(token: string, count: number, workflow: object = DESK): Promise<string[]> {
  const id = await server.workflow(token, workflow as typeof DESK);
  const runs: string[] = [];
  for (let one = 1; one <= count; one += 1) {
    const run = await server.run(token, id, { complaint: `complaint ${one}` });
    await server.reached(token, run, 'PAUSED');
    runs.push(run);
  }
  return runs;
}

const rows = (page: Page) => page.getByRole('navigation', { name: 'What waits' }).getByRole('listitem');

/** The letter has been there for a glance: until then nothing decides it. */
const isSeen = (page: Page) => page.locator('article:not([data-new])').waitFor();

async function pass(page: Page): Promise<void> {
  await isSeen(page);
  await page.keyboard.press('p');
}

/** `Ctrl Enter`, for what was written. */
async function sendWritten(page: Page): Promise<void> {
  await isSeen(page);
  await page.keyboard.press('Control+Enter');
}

async function statusOf(token: string, runId: string): Promise<string> {
  const query = 'query ($id: ID!) { execution(id: $id) { status } }';
  const { execution } = await server.data<{ execution: { status: string } }>(token, query, { id: runId });
  return execution.status;
}

test('ten letters are approved without a mouse', async () => {
  const token = server.token();
  const runs = await waiting(token, 10);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByText('10 wait for you').waitFor();
  for (let left = 10; left > 0; left -= 1) {
    await page.getByText(left === 1 ? '1 waits for you' : `${left} wait for you`).waitFor();
    await page.getByText('Pass this answer, and stage 2, Send, goes on with it.', { exact: false }).waitFor();
    await pass(page);
  }
  await page.getByText('Nothing waits for you. A run comes here', { exact: false }).waitFor();
  for (const run of runs) await server.reached(token, run, 'COMPLETED');
  await page.waitForLoadState('networkidle');
  await expect.poll(() => rows(page).getByText('You passed it').count()).toBe(10);
  expect(await page.getByText('oldest first').count()).toBe(0);
  await rows(page).first().getByText('sincere apologies').waitFor();
  await rows(page).last().getByRole('link', { name: 'Open the run' }).click();
  await page.waitForURL(`**/runs/${runs.at(-1)}?log=*`);
  expect(complaints).toEqual([]);
  await close();
});

test('the list goes along with J and K', async () => {
  const token = server.token();
  await waiting(token, 8);
  const viewport = { width: 1440, height: 600 };
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token, viewport });
  const isInView = () =>
    page.evaluate(() => {
      const row = document.querySelector('[data-letter][aria-current]');
      const list = row?.closest('nav');
      if (!row || !list) return null;
      const [inner, outer] = [row.getBoundingClientRect(), list.getBoundingClientRect()];
      return inner.top > outer.top - 1 && inner.bottom < Math.min(outer.bottom, innerHeight) + 1;
    });
  await page.getByRole('article').getByText('sincere apologies').waitFor();
  for (const key of [...'jjjjjjjkkkkkkk']) {
    const before = page.url();
    await page.keyboard.press(key);
    await page.waitForFunction((url) => location.href !== url, before);
    await expect.poll(isInView).toBe(true);
  }
  expect(complaints).toEqual([]);
  await close();
});

test('J goes on beyond the first page, and each page is asked for once', async () => {
  const token = server.token();
  await waiting(token, 45);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  const asked: string[] = [];
  page.on('request', (request) => {
    const { operationName, variables } = request.postDataJSON() ?? {};
    if (operationName === 'Inbox' && variables.after) asked.push(variables.after);
  });
  await page.getByText('45 wait for you').waitFor();
  for (let at = 1; at <= 42; at += 1) {
    const before = page.url();
    await page.keyboard.press('j');
    await page.waitForFunction((url) => location.href !== url, before);
  }
  await expect.poll(() => rows(page).count()).toBe(45);
  expect(asked.length).toBe(2);
  expect(new Set(asked).size).toBe(2);
  expect(complaints).toEqual([]);
  await close();
});

test('the next letter comes by itself, with the focus at its head', async () => {
  const token = server.token();
  await waiting(token, 2);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByText('sincere apologies').first().waitFor();
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  const second = page.url();
  await page.keyboard.press('k');
  await page.waitForFunction((url) => location.href !== url, second);
  await page.getByRole('article').getByText('sincere apologies').waitFor();
  await pass(page);
  await page.waitForFunction((url) => location.href === url && document.activeElement?.tagName === 'H1', second);
  await rows(page).first().getByText('You passed it', { exact: false }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

/** What stands in the place of a run's first answer. */
async function editedOf(token: string, run: string | undefined): Promise<string | null | undefined> {
  const query = 'query ($id: ID!) { execution(id: $id) { logs(first: 1) { nodes { editedOutput } } } }';
  const { execution } = await server.data<{ execution: { logs: { nodes: { editedOutput: string | null }[] } } }>(
    token,
    query,
    { id: run },
  );
  return execution.logs.nodes[0]?.editedOutput;
}

test('an edit goes with a pass, and its marks are seen while it is written', async () => {
  const token = server.token();
  const [run] = await waiting(token, 1);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText('sincere apologies').waitFor();
  await page.keyboard.press('e');
  const field = page.getByLabel('Your edit takes the place', { exact: false });
  await field.waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' It was our fault.');
  await page.getByRole('article').locator('ins').getByText('It was our fault.').waitFor();
  await page.getByText('Your edit goes with a pass.').waitFor();
  await sendWritten(page);
  await page.getByText('Nothing waits for you. A run comes here', { exact: false }).waitFor();
  await server.reached(token, run ?? '', 'COMPLETED');
  expect(await editedOf(token, run)).toBe(`${LETTER} It was our fault.`);
  expect(complaints).toEqual([]);
  await close();
});

test('an edit changes no ends of lines but those that are written', async () => {
  const token = server.token();
  const { answer } = server.provider;
  server.provider.answer = () => ({ words: ['Dear Ms Okonkwo,\r\n\r\nwe are sorry.\rYours\r\n'] });
  const [run] = await waiting(token, 1);
  server.provider.answer = answer;
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText('we are sorry').waitFor();
  await page.keyboard.press('e');
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('Oh ');
  for (const _ of 'Oh ') await page.keyboard.press('Backspace');
  await page.getByText('Your edit goes with a pass.').waitFor({ state: 'hidden' });
  await page.keyboard.type('My d');
  await page.keyboard.press('Delete');
  await sendWritten(page);
  await page.getByText('Nothing waits for you. A run comes here', { exact: false }).waitFor();
  await server.reached(token, run ?? '', 'COMPLETED');
  expect(await editedOf(token, run)).toBe('My dear Ms Okonkwo,\r\n\r\nwe are sorry.\rYours\r\n');
  expect(complaints).toEqual([]);
  await close();
});

test('a fail asks why first, and the next answer comes to the inbox by itself', async () => {
  const token = server.token();
  await waiting(token, 1);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText('sincere apologies').waitFor();
  await page.keyboard.press('f');
  await page.getByLabel('Why does it fail?', { exact: false }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.type('It never says who pays.');
  await sendWritten(page);
  await page.getByRole('article').getByText('second answer', { exact: false }).waitFor();
  await page.getByRole('complementary').getByText('It never says who pays.', { exact: true }).first().waitFor();
  expect(server.provider.calls.at(-1)?.messages.at(-1)?.content).toBe(
    'Answer again, they said It never says who pays.',
  );
  expect(complaints).toEqual([]);
  await close();
});

test('decided elsewhere: the row says so, and what was written stays', async () => {
  const token = server.token();
  const [first] = await waiting(token, 2);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText('sincere apologies').waitFor();
  await page.keyboard.press('n');
  await page.keyboard.type('Ring the depot');
  const query = '{ pendingValidations(first: 1) { nodes { id } } }';
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(token, query);
  const decide = 'mutation ($id: ID!) { recordManualValidation(input: { logId: $id, result: FAIL }) { id } }';
  await server.data(token, decide, { id: pendingValidations.nodes[0]?.id });
  await rows(page).first().getByText('Failed elsewhere', { exact: false }).waitFor();
  await page.getByText('It was decided elsewhere.').waitFor();
  expect(await page.getByLabel('Notes, kept', { exact: false }).inputValue()).toBe('Ring the depot');
  expect(await statusOf(token, first ?? '')).not.toBe('COMPLETED');
  expect(complaints).toEqual([]);
  await close();
});

test('a decision of which nothing is heard is told as that, and is sent again', async () => {
  const token = server.token();
  const [run] = await waiting(token, 1);
  const { page, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText('sincere apologies').waitFor();
  // The letter itself may still be asked for more.
  const isDecision = (body: string | null) => body?.includes('mutation Decide') ?? false;
  await page.route('**/graphql', (route) =>
    isDecision(route.request().postData()) ? route.abort() : route.continue(),
  );
  await pass(page);
  await page.getByRole('alert').getByText('Nothing was heard of your decision.').waitFor();
  await page.unroute('**/graphql');
  await pass(page);
  await server.reached(token, run ?? '', 'COMPLETED');
  await page.getByText('Nothing waits for you. A run comes here', { exact: false }).waitFor();
  await close();
});

test('an edit that does not fit stays, with the reason', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['{"verdict": "correction", "paragraph": 4}'] });
  const stage = {
    name: 'Is this a correction or a new story?',
    promptTemplate: 'Judge {{complaint}}',
    outputVariables: { verdict: 'string', paragraph: 'integer' },
    validationType: 'MANUAL',
  };
  await waiting(token, 1, { name: 'Corrections', stages: [stage] });
  server.provider.answer = () => ({ words: [LETTER] });
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText('"correction"', { exact: false }).waitFor();
  await page.keyboard.press('e');
  const field = page.getByLabel('Your edit takes the place', { exact: false });
  await field.fill('{"verdict": 7}');
  await sendWritten(page);
  await page.getByText('Your edit is not an answer that this stage takes', { exact: false }).waitFor();
  expect(await field.inputValue()).toBe('{"verdict": 7}');
  await field.fill('{"verdict": "story", "paragraph": 5}');
  await sendWritten(page);
  await page.getByText('Nothing waits for you. A run comes here', { exact: false }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('what is written and not sent is there after moving on', async () => {
  const token = server.token();
  await waiting(token, 2);
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token });
  await page.getByRole('article').getByText('sincere apologies').waitFor();
  await page.keyboard.press('n');
  await page.keyboard.type('Ring the depot');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.querySelector('textarea')?.value === '');
  await rows(page).first().getByText('you have begun', { exact: false }).waitFor();
  await page.keyboard.press('k');
  await page.waitForFunction(() => document.querySelector('textarea')?.value === 'Ring the depot');
  expect(complaints).toEqual([]);
  await close();
});

test('on a phone an answer is approved without sideways scrolling', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['Datenschutzfolgenabschätzungsunterlagenübermittlung '.repeat(30)] });
  const [run] = await waiting(token, 2);
  server.provider.answer = () => ({ words: [LETTER] });
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token, ...PHONE });
  await page.getByText('2 wait for you').waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  await rows(page).first().getByRole('link').tap();
  await page.waitForURL('**/inbox/*');
  await page.goBack();
  await page.getByText('2 wait for you').waitFor();
  await rows(page).first().getByRole('link').tap();
  await page.getByText('1 of 2, ', { exact: false }).waitFor();
  const passButton = page.getByRole('button', { name: 'Pass' });
  await page.getByRole('article').getByText('Datenschutz', { exact: false }).waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  const box = await passButton.boundingBox();
  expect(box?.height).toBeGreaterThanOrEqual(44);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(844);
  await page.getByRole('button', { name: 'Fail' }).tap();
  await page.getByText('Fail sends it, with or without a reason.').waitFor();
  await isSeen(page);
  await passButton.tap();
  await server.reached(token, run ?? '', 'COMPLETED');
  await page.getByText('You passed “Second reading for the ombudsman”').waitFor();
  await page.getByText('1 of 1, ', { exact: false }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('nobody is kept out, in either theme', async () => {
  const token = server.token();
  await waiting(token, 2);
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token, colorScheme });
    await page.getByRole('article').getByText('sincere apologies').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('e');
    await page.getByLabel('Your edit takes the place', { exact: false }).fill('Dear Ms Okonkwo, it was our fault.');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
});

test('of a long answer a row shows two whole lines, whichever way it is read', async () => {
  const token = server.token();
  const json = JSON.stringify(
    Array.from({ length: 9 }, (_, id) => ({ id, kind: 'complaint' })),
    null,
    1,
  );
  const said = [json, 'إشعار سحب المنتج من الأسواق بسبب وجود السمسم دون ذكره على الملصق. '.repeat(8), LETTER.repeat(4)];
  server.provider.answer = () => ({ words: [said.pop() ?? LETTER] });
  await waiting(token, 3);
  server.provider.answer = () => ({ words: [LETTER] });
  const { page, complaints, close } = await visit(browser, server.origin, '/inbox', { token, ...PHONE });
  await rows(page).getByText('إشعار').waitFor();
  await rows(page).getByText('Dear Ms').waitFor();
  await rows(page).getByText('"kind"').waitFor();
  const rtl = rows(page).getByText('إشعار');
  expect(await rtl.evaluate((text) => Number.parseFloat(getComputedStyle(text).lineHeight))).toBe(28);
  for (const row of await rows(page).all()) {
    const { height, line } = await row.locator('[dir=auto]').evaluate((text) => ({
      height: text.getBoundingClientRect().height,
      line: Number.parseFloat(getComputedStyle(text).lineHeight),
    }));
    expect(Math.abs(height - 2 * line)).toBeLessThan(1);
  }
  expect(complaints).toEqual([]);
  await close();
});
