import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const WORKFLOW = `query ($id: ID!) { workflow(id: $id) {
  name description metadata outputMapping
  stages {
    stageOrder key name systemTemplate messages promptTemplate retryPromptTemplate model { name } timeoutSeconds
    validationType validationCriteria outputVariables inputVariableMapping retryLimit nextStageOnPass nextStageOnFail
    routes forEach flowiseConfig
  }
} }`;

interface Saved {
  workflow: { stages: Record<string, unknown>[] };
}

const saved = (token: string, id: string) => server.data<Saved>(token, WORKFLOW, { id }).then((data) => data.workflow);

/** The part of a stage's form of that name. */
const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const labelled = (within: Page | Locator, name: string) => within.getByLabel(name, { exact: true });
const press = (page: Page, name: string, within?: string) =>
  (within ? part(page, within) : page).getByRole('button', { name, exact: true }).click();
const stagesOf = (page: Page) => page.getByRole('navigation', { name: 'Stages' });
const names = (page: Page) =>
  stagesOf(page)
    .getByRole('listitem')
    .evaluateAll((rows) => rows.map((row) => row.querySelector('[dir=auto]')?.textContent));

async function addStage(page: Page, name: string, place: number) {
  await press(page, 'Add a stage');
  const stage = page.getByRole('region', { name: `Stage ${place}`, exact: true });
  await labelled(stage, 'Name').first().fill(name);
  return stage;
}

async function saveAll(page: Page) {
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

test('a prompt that is kept is put in at the caret, and one is kept beside what was kept elsewhere', async () => {
  const token = server.token();
  const keep = (...prompts: object[]) =>
    server.data(token, 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id } }', {
      input: { savedPrompts: prompts },
    });
  const plain = { name: 'Plain words', prompt: 'No sentence over 20 words.' };
  await keep(plain);
  const id = await server.workflow(token, {
    name: 'Kept',
    stages: [{ name: 'Write', promptTemplate: 'Write about {{topic}}. Be kind.' }],
  });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  let asked = 0;
  page.on('request', (request) => {
    if (request.postData()?.includes('KeptPrompts')) asked += 1;
  });
  await page.locator('.cm-content').first().waitFor();
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
  const menuOf = (label: string) => page.getByRole('button', { name: `Saved prompts… for ${label}`, exact: true });
  await prompt.click();
  await page.keyboard.press('Control+Home');
  expect(asked).toBe(0);
  await menuOf('Prompt').click();
  await page.getByRole('menuitem', { name: /Plain words/ }).click();
  expect(await prompt.textContent()).toBe('No sentence over 20 words.Write about {{topic}}. Be kind.');
  expect(await accessibilityFaults(page)).toEqual([]);

  await menuOf('System message').click();
  await page.getByRole('menuitem', { name: /Plain words/ }).click();
  await page.getByRole('textbox', { name: 'System message' }).getByText('No sentence over 20 words.').waitFor();

  await keep(plain, { name: 'From elsewhere', prompt: 'Kept in another tab.' });
  await menuOf('Prompt').click();
  await page.getByRole('menuitem', { name: 'Keep this prompt…' }).click();
  await page.getByLabel('Name', { exact: true }).last().fill('Kind words');
  await page.keyboard.press('Enter');
  await page.getByText('Kept Kind words').waitFor();
  const { me } = await server.data<{ me: { savedPrompts: { name: string; prompt: string }[] } }>(
    token,
    '{ me { savedPrompts { name prompt } } }',
  );
  expect(me.savedPrompts.map(({ name }) => name)).toEqual(['Plain words', 'From elsewhere', 'Kind words']);
  expect(me.savedPrompts[2]?.prompt).toBe('No sentence over 20 words.Write about {{topic}}. Be kind.');
  await menuOf('Prompt').click();
  await page.getByRole('menuitem', { name: /From elsewhere/ }).waitFor();
  await page.keyboard.press('Escape');
  expect(complaints).toEqual([]);
  await close();
});

/** All that a stage can say, in shapes that forms seldom have. */
const ODD = {
  name: 'Odd',
  promptTemplate: '{{a}} {{b}} {{c}}',
  messages: [{ role: 'assistant', content: '' }],
  inputVariableMapping: {
    a: ['inputs.a'],
    b: { latest: ['inputs.b', 'inputs.a'], default: { deep: [null, 1] } },
    c: { from: 'inputs.c', default: null },
  },
  outputVariables: { tags: { type: 'array', items: { type: 'string' } }, n: 'integer' },
  validationType: 'REGEX',
  validationCriteria: { pattern: 'a\\nb', flags: 'sx', mustMatch: false },
  flowiseConfig: { temperature: null, stop: ['END', '\t'], responseFormat: { type: 'grammar', rule: 'x' }, seed: 7 },
  routes: { by: 'stage_1.output.n', to: { '10': 0, '2': 1, true: 1 } },
  nextStageOnFail: 0,
};

test('what a workflow says is the same after another thing was changed and saved', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Odd', stages: [ODD], outputMapping: { x: ['stage_1.raw'] } });
  const before = await saved(token, id);
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}`, { token });
  await labelled(page, 'Retries').fill('4');
  await saveAll(page);
  const after = await saved(token, id);
  expect(after).toEqual({ ...before, stages: [{ ...before.stages[0], retryLimit: 4 }] });
  expect(complaints).toEqual([]);
  await close();
});

const THREE = ['One', 'Two', 'Three'].map((name) => ({ name, promptTemplate: `${name} {{inputs.a}}` }));

test('stages are moved by keys, by words and by dragging; routes and the open stage go with them', async () => {
  const token = server.token();
  const [one, two, three] = THREE;
  const id = await server.workflow(token, {
    name: 'Moves',
    stages: [one, two, { ...three, nextStageOnFail: 1 }] as object[],
  });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  await page.getByRole('region', { name: 'Stage 1', exact: true }).waitFor();
  await page.locator('h1').click();
  await page.keyboard.press('Alt+ArrowDown');
  await page.getByRole('region', { name: 'Stage 2', exact: true }).waitFor();
  expect(await names(page)).toEqual(['Two', 'One', 'Three']);
  await page.waitForURL(/stage=2/);

  await press(page, 'Move down');
  expect(await names(page)).toEqual(['Two', 'Three', 'One']);
  await page.waitForURL(/stage=3/);

  const row = await stagesOf(page).getByRole('link', { name: /Two/ }).boundingBox();
  if (!row) throw new Error('the row is not shown');
  await page.mouse.move(row.x + 80, row.y + 20);
  await page.mouse.down();
  await page.mouse.move(row.x + 80, row.y + 60);
  await page.mouse.move(row.x + 80, row.y + 114);
  await page.mouse.up();
  expect(await names(page)).toEqual(['Three', 'One', 'Two']);
  // A drag opens nothing.
  await page.getByRole('region', { name: 'Stage 2', exact: true }).getByText('Stage 2 of 3').waitFor();

  await saveAll(page);
  const { stages: moved } = await saved(token, id);
  expect(moved.map(({ name, nextStageOnFail }) => [name, nextStageOnFail])).toEqual([
    ['Three', 2],
    ['One', null],
    ['Two', null],
  ]);
  expect(complaints).toEqual([]);
  await close();
});

/** A line beside the stages, by what it looks like and the names of the stages at its ends, where it leaves and where it arrives. */
const lines = (page: Page): Promise<string[]> =>
  stagesOf(page)
    .getByRole('list')
    .evaluate((list) => {
      const rows = [...list.querySelectorAll('li')];
      const nameAt = (y: number) => {
        const row = rows.find((one) => one.getBoundingClientRect().top <= y && y < one.getBoundingClientRect().bottom);
        return row?.querySelector('[dir=auto]')?.textContent ?? 'nothing';
      };
      const look = (path: SVGPathElement) => {
        const { stroke, strokeDasharray, strokeWidth, visibility } = getComputedStyle(path);
        if (stroke === 'none' || Number.parseFloat(strokeWidth) === 0 || visibility !== 'visible') return 'hidden';
        const [drawn] = strokeDasharray.split(',').map(Number.parseFloat);
        if (strokeDasharray === 'none' || drawn === undefined) return 'solid';
        return drawn < 1 ? 'dotted' : 'dashed';
      };
      const end = (path: SVGPathElement, at: number) => {
        const matrix = path.getScreenCTM();
        if (!matrix) throw new Error('the line is not drawn');
        return path.getPointAtLength(at * path.getTotalLength()).matrixTransform(matrix);
      };
      const drawn = [...list.querySelectorAll<SVGPathElement>('svg > path, svg > g')].map((part) => {
        const [line, arrow] = part.localName === 'g' ? part.querySelectorAll('path') : [part];
        if (!line) throw new Error('a line is missing');
        const [from, to] = [end(line, 0), end(line, 1)];
        // Its arrow has its point where the line arrives.
        const tip = arrow && end(arrow, 0.5);
        const isOff = tip && Math.hypot(tip.x - to.x, tip.y - to.y) > 3;
        return `${nameAt(from.y)} ${look(line)} ${nameAt(to.y)}${isOff ? ', its arrow is elsewhere' : ''}`;
      });
      return drawn.sort();
    });

test('the ways between stages are lines from the one to the other, and go with them', async () => {
  const token = server.token();
  const stages = [
    { name: 'Sort', promptTemplate: 'a', routes: { by: 'stage_1.output.kind', to: { bill: 3, spam: 0, again: 1 } } },
    { name: 'Thank', promptTemplate: 'b', nextStageOnPass: 4, nextStageOnFail: 1 },
    { name: 'Pay', promptTemplate: 'c' },
    { name: 'File', promptTemplate: 'd', nextStageOnPass: 0 },
  ];
  const id = await server.workflow(token, { name: 'Ways', stages });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=3`, { token });
  await page.getByRole('region', { name: 'Stage 3', exact: true }).waitFor();
  const ways = ['Pay solid File', 'Sort dotted Pay', 'Sort dotted Sort', 'Thank dashed Sort', 'Thank solid File'];
  await expect.poll(() => lines(page)).toEqual([...ways, 'Sort solid Thank'].sort());

  // What goes on to the next one goes on to whatever is the next one now; what is said leads to the same stages.
  await press(page, 'Move up');
  expect(await names(page)).toEqual(['Sort', 'Pay', 'Thank', 'File']);
  const moved = ['Pay solid Thank', 'Sort dotted Pay', 'Sort dotted Sort', 'Thank dashed Sort', 'Thank solid File'];
  await expect.poll(() => lines(page)).toEqual([...moved, 'Sort solid Pay'].sort());
  await page.keyboard.press('Control+z');
  await expect.poll(() => lines(page)).toEqual([...ways, 'Sort solid Thank'].sort());

  // Another way is another line, at once.
  await labelled(page, 'Refused, no retry left').selectOption('2, Thank');
  await expect.poll(() => lines(page)).toContain('Pay dashed Thank');
  expect(complaints).toEqual([]);
  await close();
});

test('a problem is said where it is, and the foot leads to it', async () => {
  const token = server.token();
  const [one, two] = THREE;
  const id = await server.workflow(token, { name: 'Flaws', stages: [one, { ...two, modelId: null }] as object[] });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  await page
    .getByRole('region', { name: 'Problems and changes' })
    .getByRole('button', { name: /Stage 2.*model/ })
    .click();
  const second = page.getByRole('region', { name: 'Stage 2', exact: true });
  await second.getByText('Is missing: choose a model first').waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'SELECT');
  expect(complaints).toEqual([]);
  await close();
});

test('a stage is duplicated and removed, and comes back', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Twice', stages: THREE });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=2`, { token });
  // As it is over plain HTTP in one's own network.
  await page.addInitScript('delete Crypto.prototype.randomUUID');
  await page.reload();
  await signIn(page, token);
  await press(page, 'Duplicate');
  await page.getByRole('region', { name: 'Stage 3', exact: true }).waitFor();
  expect(await names(page)).toEqual(['One', 'Two', 'Two, again', 'Three']);
  await press(page, 'Remove');
  expect(await names(page)).toEqual(['One', 'Two', 'Three']);
  await page.keyboard.press('Control+z');
  expect(await names(page)).toEqual(['One', 'Two', 'Two, again', 'Three']);
  expect(complaints).toEqual([]);
  await close();
});

test('its menu saves a workflow to a file, duplicates it, and deletes it after a word', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Kept in a file', stages: THREE });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}`, { token });
  const choose = async (name: string) => {
    await press(page, 'More…');
    await page.getByRole('menuitem', { name }).click();
  };
  const download = page.waitForEvent('download');
  await choose('Save to a file');
  expect((await download).suggestedFilename()).toBe('kept-in-a-file.json');

  await choose('Duplicate, as it is saved');
  await page.waitForURL((url) => url.pathname.startsWith('/workflows/') && !url.pathname.endsWith(id));
  await stagesOf(page).getByRole('link', { name: /Three/ }).waitFor();

  await choose('Delete…');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('cannot be brought back').waitFor();
  await dialog.getByRole('button', { name: 'Delete the workflow' }).click();
  await page.waitForURL((url) => url.pathname === '/');
  await page.getByRole('link', { name: 'Kept in a file', exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('nobody is shut out: axe finds nothing in either theme, and a phone does not scroll sideways', async () => {
  const token = server.token();
  const stages = [ODD, { ...THREE[1], forEach: { in: 'inputs.list' }, nextStageOnFail: 1 }, THREE[2]] as object[];
  const id = await server.workflow(token, { name: 'כל הרשימות של המשרד', stages });
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, {
      token,
      colorScheme,
    });
    await page.getByText('Key and more settings').click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await stagesOf(page).getByRole('link', { name: 'The workflow itself' }).click();
    await labelled(page, 'What it is for').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, {
    token,
    ...PHONE,
  });
  await page.getByRole('region', { name: 'Stage 1', exact: true }).waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  // The form lies below the stages: whoever opens one is led to it.
  await stagesOf(page).getByRole('link', { name: /Three/ }).tap();
  const third = page.getByRole('region', { name: 'Stage 3', exact: true });
  await third.waitFor();
  await expect.poll(async () => (await third.boundingBox())?.y).toBeLessThan(100);
  expect(complaints).toEqual([]);
  await close();
});

test('a new input is told as one, and doubted where something else may be meant', async () => {
  const token = server.token();
  const stages = [
    { promptTemplate: 'About {{topic}}', outputVariables: { sections: 'array' } },
    { promptTemplate: 'Write' },
  ];
  const id = await server.workflow(token, { name: 'Hints', stages });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=2`, { token });
  await page.locator('.cm-content').first().waitFor();
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
  await prompt.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' {{sections}} {{tone}}');
  // At once after the braces: a new line, not a choice from the list.
  await page.keyboard.press('Enter');
  await page.keyboard.type('{{to');
  await page.keyboard.press('Escape');
  await part(page, 'Where the placeholders come from').getByText('a new input of the run').first().waitFor();
  await part(page, 'Prompt').getByText('{{to is not closed').waitFor();
  await prompt.getByRole('button', { name: 'Use stage_1.output.sections' }).click();
  await expect
    .poll(() => prompt.locator('.cm-line').allTextContents())
    .toEqual(['Write {{stage_1.output.sections}} {{tone}}', '{{to']);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('what one adds has the focus, the title leads to the name, and a new stage is there after a reload', async () => {
  const token = server.token();
  const id = await server.workflow(token, { name: 'Places', stages: [{ promptTemplate: 'Write' }] });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}?stage=1`, { token });
  await page.locator('.cm-content').first().waitFor();
  await press(page, 'Ask for a JSON object');
  await page.keyboard.type('title');
  expect(await labelled(part(page, 'Outputs'), 'Key').inputValue()).toBe('title');
  await press(page, 'Write another, with {{output}} and {{notes}} of the failure');
  await page.keyboard.type('Again');
  await expect
    .poll(() => page.getByRole('textbox', { name: 'Prompt of a retry', exact: true }).textContent())
    .toBe('Again');
  await press(page, 'Places');
  await expect
    .poll(() => labelled(page, 'Name of the workflow').evaluate((element) => element.matches(':focus')))
    .toBe(true);
  await addStage(page, 'Second', 2);
  await page.waitForURL(/stage=2/);
  await page.getByText('kept on this machine').waitFor();
  await page.reload();
  await signIn(page, token);
  await page.getByRole('region', { name: 'Stage 2', exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get('stage')).toBe('2');
  expect(complaints).toEqual([]);
  await close();
});
