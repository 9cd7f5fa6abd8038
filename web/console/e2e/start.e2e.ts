import { expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const STAGES = [
  { name: 'Write', promptTemplate: 'Write about {{topic}} for {{facts}}' },
  { promptTemplate: 'Shorten it' },
];

/** The text of what a run was started with, as the server answers it. */
async function inputsText(token: string, id: string): Promise<string> {
  const response = await fetch(`${server.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: `{ execution(id: "${id}") { executionInputs } }` }),
  });
  return response.text();
}

const runIn = (url: string) => new URL(url).pathname.split('/').at(-1) ?? '';

test('form and JSON turn into each other without loss, up to the server and back from an earlier run', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/start`, { token });
  const topic = page.getByLabel('topic', { exact: true });
  const facts = page.getByLabel('facts', { exact: true });
  await topic.fill('עובש\u2028"quoted" 👩🏽‍🚒');
  await facts.fill('{"n": [9007199254740993, 18446744073709551615, 1.0]}');
  await page.getByLabel('JSON: facts').check();
  await page.getByRole('tab', { name: 'As JSON' }).click();
  const all = page.getByLabel('All inputs, as one JSON object');
  const text = await all.inputValue();
  expect(text).toContain('9007199254740993, 18446744073709551615, 1.0');
  await all.fill(text.replace('}\n}', '},\n  "extra": ""\n}'));
  await page.getByRole('tab', { name: 'Field by field' }).click();
  expect(await topic.inputValue()).toBe('עובש\u2028"quoted" 👩🏽‍🚒');
  expect(await facts.inputValue()).toBe('{"n": [9007199254740993, 18446744073709551615, 1.0]}');
  expect(await page.getByLabel('extra', { exact: true }).inputValue()).toBe('""');

  await page.reload();
  await signIn(page, token);
  await expect.poll(() => topic.inputValue()).toBe('עובש\u2028"quoted" 👩🏽‍🚒');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/runs\//);
  await page.getByRole('heading', { name: 'Science page' }).waitFor();
  expect(await page.getByText('Filled from the earlier run').count()).toBe(0);
  const run = runIn(page.url());
  const stored = await inputsText(token, run);
  expect(stored).toContain('9007199254740993,18446744073709551615,1.0');
  expect(JSON.parse(stored).data.execution.executionInputs).toMatchObject({
    topic: 'עובש\u2028"quoted" 👩🏽‍🚒',
    extra: '',
  });

  await page.goBack();
  await expect.poll(() => facts.inputValue()).toBe('{"n":[9007199254740993,18446744073709551615,1.0]}');

  await page.goto(`${server.origin}/workflows/${id}/start`);
  await signIn(page, token);
  await server.reached(token, run, 'COMPLETED');
  await page.getByRole('region', { name: 'From an earlier run' }).getByRole('link').click();
  await expect.poll(() => facts.inputValue()).toBe('{"n":[9007199254740993,18446744073709551615,1.0]}');
  expect(new URL(page.url()).searchParams.get('from')).toBe(run);
  expect(complaints).toEqual([]);
  await close();
});

test('an object that is pasted into any field fills all of them', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/start`, { token });
  await page.getByLabel('facts', { exact: true }).focus();
  await page.evaluate(() => navigator.clipboard.writeText('{"topic": "moss", "facts": ["it grows"]}'));
  await page.keyboard.press('Control+V');
  await page.getByRole('button', { name: 'Fill all fields with it' }).click();
  expect(await page.getByLabel('topic', { exact: true }).inputValue()).toBe('moss');
  expect(await page.getByLabel('facts', { exact: true }).inputValue()).toBe('["it grows"]');
  expect(complaints).toEqual([]);
  await close();
});

test('what is refused stands at its field, and what was written stays', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/start`, { token });
  const facts = page.getByLabel('facts', { exact: true });
  const start = page.getByRole('region', { name: 'Start' }).getByRole('button', { name: 'Start' });
  const topic = page.getByLabel('topic', { exact: true });
  await expect.poll(() => topic.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.type('moss');
  await start.click();
  await page.getByText('Write “facts” first: stage 1, Write, reads it.').waitFor();
  expect(await facts.getAttribute('aria-invalid')).toBe('true');
  expect(await facts.evaluate((field) => field === document.activeElement)).toBe(true);
  await facts.fill('[1, 2');
  await page.getByLabel('JSON: facts').check();
  await start.click();
  await page.getByText('This is no JSON').waitFor();
  expect(await facts.inputValue()).toBe('[1, 2');
  await page.getByRole('tab', { name: 'As JSON' }).click();
  await page.getByRole('tab', { name: 'Field by field' }).click();
  await page.getByText('This is no JSON').waitFor();
  expect(await page.getByLabel('All inputs, as one JSON object').inputValue()).toContain('[1, 2');
  expect(complaints).toEqual([]);
  await close();
});

test('pressed twice it makes one run, which ends after the stage that was chosen', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Science page', stages: STAGES });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/start`, { token });
  await page.getByLabel('topic', { exact: true }).fill('moss');
  await page.getByLabel('facts', { exact: true }).fill('none');
  await page.getByLabel('Until').selectOption('1');
  await page.getByRole('region', { name: 'Start' }).getByRole('button', { name: 'Start' }).dblclick();
  await page.waitForURL(/\/runs\//);
  await server.reached(token, runIn(page.url()), 'COMPLETED');
  const { executions } = await server.data<{ executions: { nodes: { statusReason: string }[] } }>(
    token,
    `{ executions(workflowId: "${id}") { nodes { statusReason } } }`,
  );
  expect(executions.nodes).toEqual([{ statusReason: 'UNTIL_STAGE' }]);
  expect(complaints).toEqual([]);
  await close();
});

test('the form is for everybody, in both themes and on a phone', async () => {
  const token = server.token();
  const long = `Datenschutzfolgenabschätzungsunterlagen_${'x'.repeat(40)}`;
  const id = await server.workflow(token, { name: long, stages: [{ promptTemplate: `{{${long}}} {{topic}}` }] });
  for (const colorScheme of ['light', 'dark'] as const) {
    const options = { token, colorScheme, ...PHONE };
    const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}/start`, options);
    await page.getByLabel('topic', { exact: true }).fill('עובש');
    await page.getByRole('region', { name: 'Start' }).getByRole('button', { name: 'Start' }).click();
    await page.locator('[aria-invalid]').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await page.getByRole('tab', { name: 'As JSON' }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
});
