import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityFaults, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

interface Saved {
  name: string;
  version: number;
  stages: { name: string | null; stageOrder: number; promptTemplate: string | null }[];
}
const saved = async (token: string, id: string): Promise<Saved> => {
  const query = 'query ($id: ID!) { workflow(id: $id) { name version stages { name stageOrder promptTemplate } } }';
  return (await server.data<{ workflow: Saved }>(token, query, { id })).workflow;
};

const two = {
  name: 'Letters',
  stages: [
    { name: 'Facts', key: 'facts', promptTemplate: 'About {{topic}}.' },
    { name: 'Letter', promptTemplate: 'Write of {{facts.text}}.' },
  ],
};

const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true });
const foot = (page: Page) => page.getByRole('region', { name: 'Problems and changes' });

/** The editor, once texts are marked. */
async function edit(token: string, id: string, stage = 1) {
  const visitor = await visit(browser, server.origin, `/workflows/${id}?stage=${stage}`, { token });
  await ready(visitor.page);
  return visitor;
}
const ready = (page: Page) => page.locator('.cm-content').first().waitFor();

async function write(page: Page, text: string) {
  await prompt(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(text);
}

/** Another tab of the same browser. */
async function tab(context: BrowserContext, token: string, id: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.origin}/workflows/${id}?stage=1`);
  await signIn(page, token);
  await ready(page);
  return page;
}

/** The drafts that the browser keeps, as JSON. */
async function keptTexts(): Promise<string> {
  const request = indexedDB.open('footlight', 1);
  await new Promise((settle) => {
    request.onsuccess = settle;
  });
  const all = request.result.transaction('drafts').objectStore('drafts').getAll();
  await new Promise((settle) => {
    all.onsuccess = settle;
  });
  request.result.close();
  return all.result.map(({ text }) => text).join('\n');
}

const kept = (page: Page) => foot(page).getByText('kept on this machine').waitFor();

test('placeholders are marked, and what follows a backslash is not', async () => {
  const token = server.token();
  const id = await server.workflow(token, {
    name: 'Marks',
    stages: [{ promptTemplate: String.raw`{{topic}} \{{topic}} {topic} {{ inputs.a }} {{other.thing}}` }],
  });
  const { page, complaints, close } = await edit(token, id);
  await expect.poll(() => prompt(page).locator('.ph').allTextContents()).toEqual(['{{topic}}', '{{ inputs.a }}']);
  expect(complaints).toEqual([]);
  await close();
});

test('{{ completes exactly what resolves there', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id, 2);
  await write(page, ' {{');
  await expect
    .poll(() => page.locator('.cm-completionLabel').allTextContents())
    .toEqual(['topic', 'facts.text', 'facts.output', 'facts.raw']);
  await page.keyboard.type('facts.r');
  await expect.poll(() => page.locator('.cm-completionLabel').allTextContents()).toEqual(['facts.raw']);
  // A key that comes at once after the list is not taken for a choice from it.
  await expect
    .poll(async () => {
      await page.keyboard.press('Enter');
      return prompt(page).textContent();
    })
    .toContain('{{facts.text}}. {{facts.raw}}');
  expect(complaints).toEqual([]);
  await close();
});

const judged = { validationType: 'LLM', validationCriteria: { prompt: 'Is it good?' } };

/** Ways of every kind: values, a pass that leaps, fails that lead on, back and here again; lists, judges and a person. */
const ways: Record<string, unknown>[] = [
  {
    key: 'sorted',
    outputVariables: { kind: 'string', parts: 'array' },
    routes: { by: 'sorted.kind', to: { bill: 3, nothing: 0 } },
    nextStageOnFail: 7,
  },
  { nextStageOnPass: 8 },
  { key: 'each', forEach: { in: 'sorted.parts' }, nextStageOnFail: 6, ...judged },
  { key: 'again', forEach: { in: 'each.items' } },
  { key: 'critic', nextStageOnFail: 4, ...judged },
  { key: 'person', validationType: 'MANUAL' },
  { nextStageOnPass: 0 },
  { validationType: 'REGEX', validationCriteria: { pattern: 'x' }, nextStageOnFail: 8 },
].map((fields) => ({ promptTemplate: 'Go on with {{letter}}', ...fields }));

/** What any of these stages may leave, by the names that paths have for it. */
const leavings = ways.flatMap(({ key, outputVariables, forEach }, index) => {
  const root = typeof key === 'string' ? key : `stage_${index + 1}`;
  const variables = Object.keys(outputVariables ?? { text: '' });
  const output = (forEach ? ['items'] : variables).map((name) => (key ? `${root}.${name}` : `${root}.output.${name}`));
  const parts = [
    'raw',
    'notes',
    'failed.raw',
    'failed.notes',
    'failed.index',
    'item',
    ...variables.map((one) => `item.${one}`),
  ];
  return [...output, ...parts.map((part) => `${root}.${part}`)];
});

/** Those of them that the server does not call unresolved in this text of a stage. */
async function resolving(token: string, index: number, field: 'promptTemplate' | 'judge'): Promise<string[]> {
  const query = 'query ($input: CheckWorkflowInput!) { checkWorkflow(input: $input) { code stageOrder field } }';
  const text = (path: string) =>
    field === 'judge' ? { validationCriteria: { prompt: `{{${path}}}` } } : { promptTemplate: `{{${path}}}` };
  const resolves = leavings.map(async (path) => {
    const stages = ways.map((stage, at) => ({ stageOrder: at + 1, ...stage, ...(at === index && text(path)) }));
    const { checkWorkflow: found } = await server.data<{
      checkWorkflow: { code: string; stageOrder: number; field: string }[];
    }>(token, query, { input: { stages } });
    const place = field === 'judge' ? 'validationCriteria.prompt' : field;
    const own = found.filter((problem) => problem.stageOrder === index + 1 && problem.field === place);
    return !own.some(({ code }) => code === 'NEVER_THERE' || code === 'BAD_USER_INPUT');
  });
  const known = await Promise.all(resolves);
  return leavings.filter((_, at) => known[at]);
}

test('{{ completes what the server would not call unresolved, whatever way leads to a stage', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Ways', stages: ways });
  const { page, complaints, close } = await edit(token, id);
  const completes = async (label: string, expected: string[]) => {
    await page.getByRole('textbox', { name: label, exact: true }).click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' {{');
    const names = page.locator('.cm-completionLabel');
    await names.first().waitFor();
    const completed = async () => (await names.allTextContents()).filter((name) => leavings.includes(name)).sort();
    await expect.poll(completed, { message: label }).toEqual(expected.sort());
    await page.keyboard.press('Escape');
    await names.first().waitFor({ state: 'hidden' });
  };
  const seen = new Set<number>();
  for (const [index, { validationType }] of ways.entries()) {
    await page
      .getByRole('navigation', { name: 'Stages' })
      .getByRole('link')
      .filter({ hasText: new RegExp(`^${index + 1}`) })
      .click();
    await page
      .getByRole('region', { name: `Stage ${index + 1}`, exact: true })
      .locator('.cm-content')
      .first()
      .waitFor();
    const resolved = await resolving(token, index, 'promptTemplate');
    await completes('Prompt', resolved);
    seen.add(resolved.length);
    if (validationType === 'LLM') await completes('Prompt for the judge', await resolving(token, index, 'judge'));
  }
  // Hardly two of them are the same case.
  expect(seen.size).toBeGreaterThan(5);
  expect(complaints).toEqual([]);
  await close();
});

test('a problem is underlined where it is while one writes, with its mend in the next line', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id, 2);
  await write(page, ' 🎭 {{fact.text}} {{stage_7.raw}} end');
  await prompt(page).locator('.flawed').waitFor();
  expect(await prompt(page).locator('.flawed').allTextContents()).toEqual(['{{stage_7.raw}}']);
  await expect.poll(() => prompt(page).locator('.flaw.wrong').textContent()).toContain('stage 7');
  await prompt(page).getByRole('button', { name: 'Use facts.text' }).click();
  await expect
    .poll(() => prompt(page).locator('.ph').allTextContents())
    .toEqual(['{{facts.text}}', '{{facts.text}}', '{{stage_7.raw}}']);
  // It stays where it is when something is written before it.
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('Before. ');
  expect(await prompt(page).locator('.flawed').allTextContents()).toEqual(['{{stage_7.raw}}']);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('Tab leaves a text, and the texts are code by a switch that is remembered', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await prompt(page).click();
  await page.keyboard.press('Tab');
  await expect.poll(() => prompt(page).evaluate((element) => element.matches(':focus'))).toBe(false);
  await page.getByRole('button', { name: 'as code' }).click();
  await page.locator('.cm-lineNumbers').first().waitFor();
  await page.reload();
  await signIn(page, token);
  await page.locator('.cm-lineNumbers').first().waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('undo takes back what was typed in one go, in whatever field, and redo brings it again', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' More.');
  await page.getByLabel('Retries').fill('3');
  await foot(page).getByText('2 changes not saved').waitFor();
  await page.keyboard.press('Control+z');
  await foot(page).getByText('1 change not saved').waitFor();
  await prompt(page).click();
  await page.keyboard.press('Control+z');
  await expect.poll(() => prompt(page).textContent()).toBe('About {{topic}}.');
  await page.keyboard.press('Control+Shift+z');
  await expect.poll(() => prompt(page).textContent()).toBe('About {{topic}}. More.');
  expect(complaints).toEqual([]);
  await close();
});

test('a draft is there after focus, resize, a reload at once, and a killed tab; nobody else sees it', async () => {
  const user = crypto.randomUUID();
  const token = server.token({ user });
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' Kept.');
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.setViewportSize({ width: 900, height: 700 });
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(await prompt(page).textContent()).toContain('Kept.');

  // At once: before the moment in which it would be kept anyway.
  await page.keyboard.type(' Reloaded.');
  await page.reload();
  await signIn(page, token);
  await foot(page)
    .getByText(/Your changes of \d\d:\d\d are back/)
    .waitFor();
  await expect.poll(() => prompt(page).textContent()).toBe('About {{topic}}. Kept. Reloaded.');

  await write(page, ' Killed.');
  await expect.poll(() => prompt(page).textContent()).toContain('Killed.');
  await expect.poll(() => page.evaluate(keptTexts)).toContain('Killed.');
  const context = page.context();
  const devtools = await context.newCDPSession(page);
  devtools.send('Page.crash').catch(() => {});
  await page.waitForEvent('crash');
  const again = await tab(context, token, id);
  await expect.poll(() => prompt(again).textContent()).toBe('About {{topic}}. Kept. Reloaded. Killed.');

  // Somebody else in the same browser, at the same address: not theirs to see, neither the workflow nor what is left of it.
  await again.close();
  const theirs = await context.newPage();
  await theirs.goto(`${server.origin}/workflows/${id}`);
  await signIn(theirs, server.token());
  await theirs.getByText('There is nothing here.').waitFor();
  expect(await theirs.getByRole('main').textContent()).not.toContain('Kept.');
  await theirs.close();
  const last = await tab(context, token, id);
  await expect.poll(() => prompt(last).textContent()).toContain('Killed.');

  // Let go, and brought back by an undo.
  await foot(last).getByRole('button', { name: 'Discard them' }).click();
  await expect.poll(() => prompt(last).textContent()).toBe('About {{topic}}.');
  await last.keyboard.press('Control+z');
  await expect.poll(() => prompt(last).textContent()).toContain('Killed.');
  expect(complaints).toEqual([]);
  await close();
});

test('a page is left without a question while its draft is kept, and asks where it cannot be', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' Kept.');
  await kept(page);
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  await page.goBack();
  await expect.poll(() => prompt(page).textContent()).toContain('Kept.');

  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await write(page, ' Not kept.');
  await foot(page).getByText('This browser keeps nothing').waitFor();
  await page.getByRole('link', { name: 'Inbox', exact: true }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Your changes would be lost' });
  await dialog.getByRole('button', { name: 'Stay' }).click();
  expect(await prompt(page).textContent()).toContain('Not kept.');
  await page.getByRole('link', { name: 'Inbox', exact: true }).first().click();
  await dialog.getByRole('button', { name: 'Leave without them' }).click();
  await page.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a save shows stage, field and text with marks; what the server refuses leads to its field', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id, 2);
  await write(page, ' Kindly. {{stage_9.raw}}');
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await expect
    .poll(() => dialog.getByRole('heading').allTextContents())
    .toEqual(['What a save changes', '2 Letter', 'prompt']);
  expect(await dialog.locator('ins').textContent()).toContain('Kindly.');
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.getByText('It was not saved').waitFor();
  expect((await saved(token, id)).version).toBe(1);
  await dialog.getByRole('button', { name: 'Go there' }).click();
  await expect.poll(() => prompt(page).evaluate((element) => element.matches(':focus'))).toBe(true);

  await page.keyboard.press('Control+a');
  await page.keyboard.type('Write kindly of {{{{facts.text}}'.replace('{{{{', '{{'));
  await page.keyboard.press('Control+s');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect((await saved(token, id)).stages[1]?.promptTemplate).toBe('Write kindly of {{facts.text}}');
  await expect.poll(() => foot(page).textContent()).not.toContain('not saved');
  expect(complaints).toEqual([]);
  await close();
});

test('where the second half of a save is refused, a word says so, and what was written stays', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' More.');
  await page.getByRole('link', { name: 'The workflow itself' }).click();
  await page.getByLabel('Name of the workflow').fill('x'.repeat(201));
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.getByText('The stages are saved; the rest is not').waitFor();
  const now = await saved(token, id);
  expect([now.name, now.stages[0]?.promptTemplate]).toEqual(['Letters', 'About {{topic}}. More.']);
  await dialog.getByRole('button', { name: 'Go on writing' }).click();
  await foot(page).getByText('1 change not saved').waitFor();
  await page.getByLabel('Name of the workflow').fill('Kind letters');
  await page.keyboard.press('Control+s');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(async () => (await saved(token, id)).name).toBe('Kind letters');
  expect(complaints).toEqual([]);
  await close();
});

test('a tab hears at once what another one saved', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page: first, complaints, close } = await edit(token, id);
  const second = await tab(first.context(), token, id);
  await second.getByRole('link', { name: 'The workflow itself' }).click();
  await second.getByLabel('Name of the workflow').fill('Kind letters');
  await second.keyboard.press('Control+s');
  await second.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  await first.getByRole('heading', { name: 'Kind letters', level: 1 }).waitFor();
  await expect.poll(() => first.title()).toBe('Kind letters · Footlight');
  expect(complaints).toEqual([]);
  await close();
});

test('two tabs: each keeps its own, CONFLICT shows three sides, and no text is lost', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page: first, complaints, close } = await edit(token, id);
  await write(first, ' From the first.');
  await kept(first);
  const second = await tab(first.context(), token, id);
  await foot(second).getByText('Another tab changes this workflow, too').waitFor();
  expect(await prompt(second).textContent()).toBe('About {{topic}}.');
  await write(second, ' From the second.');
  await second.getByLabel('Retries').fill('4');
  await kept(second);
  await second.keyboard.press('Control+s');
  await second.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(async () => (await saved(token, id)).version).toBe(2);

  await first.getByLabel('Name', { exact: true }).first().fill('The facts');
  await first.keyboard.press('Control+s');
  await first.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = first.getByRole('dialog', { name: 'Somebody else saved this workflow meanwhile' });
  await dialog.waitFor();
  const clash = dialog.getByRole('group', { name: /Stage 1.*prompt/ });
  const told = await clash.textContent();
  for (const side of ['As it was when you began', 'Theirs now', 'Yours']) expect(told).toContain(side);
  expect(await clash.locator('ins').allTextContents()).toEqual([' From the second.', ' From the first.']);
  expect(await accessibilityFaults(first)).toEqual([]);
  await clash.getByLabel('Theirs now').check();
  await dialog.getByRole('button', { name: 'Take both together' }).click();
  const last = first.getByRole('dialog', { name: 'What a save changes' });
  // What only they changed is there, what only I changed is left to save.
  await expect
    .poll(() => last.getByRole('heading').allTextContents())
    .toEqual(['What a save changes', '1 The facts', 'name']);
  await last.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(async () => (await saved(token, id)).version).toBe(3);
  const now = await saved(token, id);
  expect(now.stages[0]).toMatchObject({ name: 'The facts', promptTemplate: 'About {{topic}}. From the second.' });
  expect(await first.getByLabel('Retries').inputValue()).toBe('4');
  // What was mine and not chosen comes back by an undo.
  await prompt(first).click();
  await first.keyboard.press('Control+z');
  await expect.poll(() => prompt(first).textContent()).toBe('About {{topic}}. From the first.');
  expect(complaints).toEqual([]);
  await close();
});

test('JSON that is none yet is a change, keeps a save away, and is there after a reload', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await page.getByRole('link', { name: 'The workflow itself' }).click();
  const metadata = page.getByLabel('Metadata, as JSON');
  await metadata.fill('{"owner": "An');
  await foot(page).getByText('1 change not saved').waitFor();
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByText('This cannot be taken over yet').waitFor();
  expect(await dialog.getByRole('button', { name: 'Save' }).getAttribute('aria-disabled')).toBe('true');
  await page.keyboard.press('Control+s');
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Go there' }).click();
  await expect.poll(() => metadata.evaluate((element) => element.matches(':focus'))).toBe(true);

  await page.reload();
  await signIn(page, token);
  await foot(page)
    .getByText(/Your changes of \d\d:\d\d are back/)
    .waitFor();
  expect(await metadata.inputValue()).toBe('{"owner": "An');
  await metadata.press('Control+End');
  await page.keyboard.type('n"}');
  await page.keyboard.press('Control+s');
  await dialog.waitFor();
  await page.keyboard.press('Control+s');
  await dialog.waitFor({ state: 'hidden' });
  expect((await saved(token, id)).version).toBe(2);
  expect(complaints).toEqual([]);
  await close();
});

test('half a number is kept with the draft, after focus, resize, a reload and a killed tab, and keeps a save away', async () => {
  const token = server.token();
  const id = await server.workflow(token, {
    name: 'Numbers',
    stages: [{ ...two.stages[0], retryLimit: 3, flowiseConfig: { temperature: 0.5 } }, two.stages[1] as object],
  });
  const { page, complaints, close } = await edit(token, id);
  const written = async (of: Page) => ({
    temperature: await of.getByLabel('Temperature').inputValue(),
    retries: await of.getByLabel('Retries').inputValue(),
    seconds: await of.getByLabel('Gives up after').inputValue(),
  });
  await page.getByLabel('Gives up after').fill('-');
  await page.getByLabel('Retries').fill('');
  await page.getByLabel('Temperature').focus();
  await page.keyboard.press('Backspace');
  const half = { temperature: '0.', retries: '', seconds: '-' };
  expect(await written(page)).toEqual(half);
  await page.getByText('A number has to stand here', { exact: true }).waitFor();
  await foot(page).getByText('3 changes not saved').waitFor();
  await page.getByLabel('Retries').focus();
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.setViewportSize({ width: 900, height: 700 });
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(await written(page)).toEqual(half);

  // At once: before the moment in which it would be kept anyway.
  await page.getByLabel('Temperature').fill('0.7.');
  await page.reload();
  await signIn(page, token);
  await foot(page).getByText('are back').waitFor();
  expect(await written(page)).toEqual({ ...half, temperature: '0.7.' });

  await page.getByLabel('Temperature').fill('1.');
  await expect.poll(() => page.evaluate(keptTexts)).toContain('"1."');
  const context = page.context();
  const devtools = await context.newCDPSession(page);
  devtools.send('Page.crash').catch(() => {});
  await page.waitForEvent('crash');
  const again = await tab(context, token, id);
  await expect.poll(() => written(again)).toEqual({ ...half, temperature: '1.' });
  await again.getByText('A number, like 0.3', { exact: true }).waitFor();

  await again.keyboard.press('Control+s');
  const dialog = again.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByText('Stage 1, Temperature: A number, like 0.3').waitFor();
  expect(await dialog.getByRole('button', { name: 'Save' }).getAttribute('aria-disabled')).toBe('true');
  expect(await accessibilityFaults(again)).toEqual([]);
  await dialog
    .getByRole('listitem')
    .filter({ hasText: 'Gives up after' })
    .getByRole('button', { name: 'Let it go' })
    .click();
  await dialog.getByRole('listitem').filter({ hasText: 'Retries' }).getByRole('button', { name: 'Go there' }).click();
  await expect.poll(() => again.getByLabel('Retries').evaluate((element) => element.matches(':focus'))).toBe(true);
  await again.keyboard.type('4');
  await again.getByLabel('Temperature').press('End');
  await again.keyboard.type('25');
  await again.keyboard.press('Control+s');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  const query = 'query ($id: ID!) { workflow(id: $id) { stages { retryLimit timeoutSeconds flowiseConfig } } }';
  const { workflow } = await server.data<{ workflow: { stages: object[] } }>(token, query, { id });
  expect(workflow.stages[0]).toEqual({ retryLimit: 4, timeoutSeconds: null, flowiseConfig: { temperature: 1.25 } });
  expect(complaints).toEqual([]);
  await close();
});

test('a save says what it would refuse, and what keeps a run from going through; a start says what is not saved', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' {{stage_9.raw}}');
  await prompt(page).locator('.flawed').waitFor();
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByText('1 problem keeps the draft from being saved.').waitFor();
  await page.keyboard.press('Control+s');
  await dialog.getByRole('button', { name: 'Go on writing' }).click();

  await prompt(page).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await foot(page).getByText('Is missing').waitFor();
  await page.keyboard.press('Control+s');
  await dialog.getByText('1 problem keeps a run from going through.').waitFor();
  await page.keyboard.press('Control+s');
  await dialog.getByRole('button', { name: 'Go on writing' }).click();
  expect((await saved(token, id)).version).toBe(1);

  await prompt(page).click();
  await page.keyboard.type('Kindly of {{topic}}');
  await page.getByRole('button', { name: 'Start a run…' }).click();
  const start = page.getByRole('dialog', { name: 'What you changed is not saved' });
  await start.getByRole('button', { name: 'Start version 1, as it is saved' }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await start.getByRole('button', { name: 'Save and start' }).click();
  await page.waitForURL(/\/start$/);
  expect((await saved(token, id)).stages[0]?.promptTemplate).toBe('Kindly of {{topic}}');
  expect(complaints).toEqual([]);
  await close();
});

test('an open editor hears what somebody else saves, and takes it in', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' Mine.');
  const rename = 'mutation ($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { version } }';
  await server.data(token, rename, { input: { id, expectedVersion: 1, name: 'Theirs' } });
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await foot(page).getByText('Somebody saved version 2').waitFor();
  await foot(page).getByRole('button', { name: 'take it in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Theirs' }).waitFor();
  expect(await prompt(page).textContent()).toBe('About {{topic}}. Mine.');
  await foot(page).getByText('1 change not saved').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

/** As another tab, or somebody else's script, deletes it; the open page hears of it as it is looked at again. */
async function deleteElsewhere(token: string, id: string, page: Page) {
  await server.data(token, 'mutation ($id: ID!) { deleteWorkflow(id: $id) }', { id });
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByText('This workflow was deleted.').waitFor();
}

test('what was written of a workflow that was deleted meanwhile stays to be read, and becomes a new one', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' Precious.');
  await deleteElsewhere(token, id, page);
  const main = page.getByRole('main');
  expect(await main.locator('ins').first().textContent()).toContain('Precious.');
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.reload();
  await signIn(page, token);
  await page.getByText('This workflow was deleted.').waitFor();
  expect(await main.locator('ins').first().textContent()).toContain('Precious.');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save it to a file' }).click(),
  ]);
  expect(readFileSync(await file.path(), 'utf8')).toContain('About {{topic}}. Precious.');

  await page.getByRole('button', { name: 'Make a new workflow of it' }).click();
  await ready(page);
  await expect.poll(() => prompt(page).textContent()).toBe('About {{topic}}. Precious.');
  expect(await foot(page).textContent()).not.toContain('not saved');
  const made = new URL(page.url()).pathname.split('/').at(-1) as string;
  expect((await saved(token, made)).stages.map(({ promptTemplate }) => promptTemplate)).toEqual([
    'About {{topic}}. Precious.',
    'Write of {{facts.text}}.',
  ]);
  await page.goto(`${server.origin}/workflows/${id}`);
  await signIn(page, token);
  await page.getByText('There is nothing here.').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('of a deleted workflow, what no server would take opens as changes of a new one; or it is let go', async () => {
  const token = server.token();
  const id = await server.workflow(token, two);
  const { page, complaints, close } = await edit(token, id);
  await write(page, ' Precious.');
  await page.getByLabel('Gives up after').fill('-');
  await deleteElsewhere(token, id, page);
  await page.getByText('Gives up after').waitFor();
  await page.getByRole('button', { name: 'Make a new workflow of it' }).click();
  await foot(page)
    .getByText(/Your changes of \d\d:\d\d are back/)
    .waitFor();
  await page.getByRole('navigation', { name: 'Stages' }).getByRole('link').filter({ hasText: 'Facts' }).click();
  await expect.poll(() => prompt(page).textContent()).toBe('About {{topic}}. Precious.');
  expect(await page.getByLabel('Gives up after').inputValue()).toBe('-');

  await deleteElsewhere(token, new URL(page.url()).pathname.split('/').at(-1) as string, page);
  await page.getByRole('button', { name: 'Let it go' }).click();
  await page.getByText('There is nothing here.').waitFor();
  await page.reload();
  await signIn(page, token);
  await page.getByText('There is nothing here.').waitFor();
  expect(complaints).toEqual([]);
  await close();
});
