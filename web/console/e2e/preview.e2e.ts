import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityFaults, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';
import { gate } from './support/provider.ts';

const { server, browser } = await opened();

interface Log {
  stageOrder: number;
  attemptNumber: number;
  itemIndex: number | null;
  systemSent: string | null;
  promptSent: string;
}

async function logsOf(token: string, id: string): Promise<Log[]> {
  const query = `query ($id: ID!) { execution(id: $id) { logs { nodes {
    stageOrder attemptNumber itemIndex systemSent promptSent
  } } } }`;
  const { execution } = await server.data<{ execution: { logs: { nodes: Log[] } } }>(token, query, { id });
  return execution.logs.nodes;
}

const preview = (page: Page) => page.getByRole('complementary', { name: 'Preview' });
const note = (page: Page, title: string) =>
  preview(page)
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: title }) });

/** All of what the panel would have sent, as it copies it. */
async function copied(page: Page, what: string): Promise<string> {
  await preview(page)
    .getByRole('button', { name: `Copy ${what}` })
    .click();
  return page.evaluate(() => navigator.clipboard.readText());
}

test('the preview equals what was sent, byte for byte, and marks its values', async () => {
  const token = server.token();
  server.provider.answer = ({ messages }) => ({
    words: [
      messages.at(-1)?.content.startsWith('List')
        ? '{"people": ["Ann 🎭", "بو"], "share": 1.0}'
        : 'Dear\r\n"you" {{topic}}',
    ],
  });
  const id = await server.workflow(token, {
    name: 'Letters',
    stages: [
      {
        key: 'facts',
        promptTemplate: 'List people of {{ topic }}.\r\n\\{{topic}} \\\\{{topic}}',
        systemTemplate: 'You know {{inputs.where}}.',
        outputVariables: { people: 'array', share: 'number' },
      },
      { name: 'Letter', promptTemplate: 'To {{item}}, {{index}}: {{facts.people}}', forEach: { in: 'facts.people' } },
      {
        promptTemplate: 'First: {{facts.share}}',
        retryPromptTemplate: 'Not like this:\n{{output}}\n{{notes}}',
        validationType: 'REGEX',
        validationCriteria: { pattern: 'never' },
        retryLimit: 1,
      },
    ],
  });
  const run = await server.run(token, id, { topic: 'the “opéra” 🎭 ‮', where: 'everything' });
  await server.reached(token, run, 'FAILED', 'COMPLETED');
  const logs = await logsOf(token, run);
  const sent = (order: number, test: (log: Log) => boolean = () => true) =>
    logs.find((log) => log.stageOrder === order && test(log))?.promptSent;

  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1&run=${run}`, {
    token,
  });
  await note(page, 'Prompt, as it would be sent').waitFor();
  expect(await copied(page, 'the prompt')).toBe(sent(1));
  expect(await copied(page, 'the system message')).toBe(logs[0]?.systemSent);
  expect(await note(page, 'Prompt, as it would be sent').locator('mark').allTextContents()).toEqual([
    'the “opéra” 🎭 ‮',
    'the “opéra” 🎭 ‮',
  ]);
  expect(await note(page, 'Where the values come from').textContent()).toContain('topicthe run’s inputs');

  await page.getByRole('navigation', { name: 'Stages' }).getByText('Letter', { exact: true }).click();
  const shown = () => note(page, 'Prompt, as it would be sent').locator('[dir=auto]').first().textContent();
  await expect.poll(shown).toBe(sent(2, ({ itemIndex }) => itemIndex === 0));
  await preview(page).getByLabel('Item, from 0').fill('1');
  await expect.poll(shown).toBe(sent(2, ({ itemIndex }) => itemIndex === 1));
  expect(await copied(page, 'the prompt')).toBe(sent(2, ({ itemIndex }) => itemIndex === 1));

  await page.goto(`${server.origin}/workflows/${id}?stage=3&run=${run}`);
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(shown).toBe(sent(3, ({ attemptNumber }) => attemptNumber === 1));
  await preview(page).getByLabel('after a failure').check();
  await expect.poll(shown).toContain('Not like this');
  expect(await copied(page, 'the prompt')).toBe(sent(3, ({ attemptNumber }) => attemptNumber === 2));
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('the preview says what a person has edited, as the run does', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['Harmful.'] });
  const id = await server.workflow(token, {
    name: 'Legal',
    stages: [
      { key: 'draft', name: 'Draft', promptTemplate: 'Write.', validationType: 'MANUAL' },
      { promptTemplate: 'Send {{draft.text}} ({{draft.notes}})' },
    ],
  });
  const run = await server.run(token, id);
  await server.reached(token, run, 'PAUSED');
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(
    token,
    '{ pendingValidations { nodes { id } } }',
  );
  const decide = 'mutation ($input: RecordManualValidationInput!) { recordManualValidation(input: $input) { id } }';
  const [log] = pendingValidations.nodes;
  await server.data(token, decide, {
    input: { logId: log?.id, result: 'PASS', notes: 'Softer.', editedOutput: 'Perhaps harmful.' },
  });
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=2&run=${run}`, {
    token,
  });
  const prompt = note(page, 'Prompt, as it would be sent');
  await prompt.getByText('Perhaps harmful.').waitFor();
  expect(await note(page, 'Where the values come from').locator('dd > span').allTextContents()).toEqual([
    'stage 1, Draft, as edited by a person',
    'stage 1, Draft',
  ]);
  expect(complaints).toEqual([]);
  await close();
});

test('the preview is of the draft, and says what has no value', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Draft', stages: [{ promptTemplate: 'On {{topic}}' }] });
  const run = await server.run(token, id, { topic: 'tea' });
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
  await page.locator('.cm-content').first().waitFor();
  await prompt.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' and more');
  await expect.poll(() => note(page, 'Prompt, as it would be sent').textContent()).toContain('On tea and more');
  await page.keyboard.type(' {{other}} ');
  await note(page, 'Prompt, which cannot be sent yet').waitFor();
  await expect
    .poll(() => note(page, 'Prompt, which cannot be sent yet').textContent())
    .toContain('{{other}} has no value');
  expect(complaints).toEqual([]);
  await close();
});

test('“try this stage” saves first, then runs it alone on that run: its words come live, its verdict stands there', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['first'] });
  const id = await server.workflow(token, {
    name: 'Try',
    stages: [
      { key: 'facts', promptTemplate: 'Facts of {{topic}}' },
      { promptTemplate: 'Write {{facts.text}}', validationType: 'REGEX', validationCriteria: { pattern: 'kind' } },
      { promptTemplate: 'Never {{stage_2.raw}}' },
    ],
  });
  const run = await server.run(token, id, { topic: 'tea' });
  await server.reached(token, run, 'FAILED');
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=2&run=${run}`, {
    token,
  });
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
  await page.locator('.cm-content').first().waitFor();
  await prompt.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' kindly');
  await preview(page).getByRole('tab', { name: 'Try this stage' }).click();

  server.provider.calls.length = 0;
  const { pace, release } = gate(1);
  server.provider.answer = () => ({ words: ['How ', 'kind'], pace });
  await preview(page).getByRole('button', { name: 'Save and try it' }).click();
  const answer = note(page, 'First answer');
  await expect.poll(() => answer.textContent()).toContain('How ');
  expect(await answer.textContent()).toContain('Writing');
  release();
  await expect.poll(() => answer.textContent()).toContain('How kindPassed');
  await preview(page).getByText('It passed, and nothing else was run.').waitFor();
  expect(server.provider.calls.map(({ messages }) => messages.at(-1)?.content)).toEqual(['Write first kindly']);
  await page.getByRole('region', { name: 'Problems and changes' }).getByText('not saved').waitFor({ state: 'hidden' });
  // The run whose values it took stays the chosen one.
  expect(new URL(page.url()).searchParams.get('run')).toContain(run);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('where nothing has run yet, a try runs what comes before and ends at that stage', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['said'] });
  const id = await server.workflow(token, {
    name: 'New',
    stages: [
      { promptTemplate: 'About {{topic}}' },
      { promptTemplate: 'More of {{stage_1.raw}}' },
      { promptTemplate: 'Never' },
    ],
  });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=2`, { token });
  await preview(page).getByRole('tab', { name: 'Try this stage' }).click();
  await preview(page).getByLabel('topic').fill('tea');
  server.provider.calls.length = 0;
  await preview(page).getByRole('button', { name: 'Try it' }).click();
  await preview(page).getByText('It passed, and nothing else was run.').waitFor();
  expect(server.provider.calls.map(({ messages }) => messages.at(-1)?.content)).toEqual(['About tea', 'More of said']);
  // The inputs stay, for the next try.
  expect(await preview(page).getByLabel('topic').inputValue()).toBe('tea');
  expect(complaints).toEqual([]);
  await close();
});

test('before anything has run, the preview takes sample values, which this tab keeps', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'New', stages: [{ promptTemplate: 'On {{topic}}' }] });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  const shown = () => preview(page).locator('[dir=auto]', { hasText: /^On / }).first().textContent();
  await note(page, 'Prompt, with the values that are there').waitFor();
  await preview(page).getByLabel('topic').fill('tea');
  await note(page, 'Prompt, as it would be sent').waitFor();
  await expect.poll(shown).toBe('On tea');
  await page.reload();
  await signIn(page, token);
  await expect.poll(shown).toBe('On tea');
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});
