// Whoever writes by keys stays where they write: after a dialog, after a button, after a stage was moved.

import { expect, test } from 'vitest';
import { visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const PLACES = { inputVariableMapping: { topic: { from: 'inputs.topic' } }, outputVariables: { a: 'string' } };

/** A workflow of three stages, with one of them open. */
async function open(stage: number) {
  const token = server.token();
  const id = await server.workflow(token, {
    name: 'Written by keys',
    stages: [
      { name: 'One', promptTemplate: '{{topic}}', ...PLACES },
      { name: 'Two', promptTemplate: '{{stage_1.output.a}}' },
      { name: 'Three', promptTemplate: 'x' },
    ],
  });
  const visitor = await visit(browser, server.origin, `/workflows/${id}?stage=${stage}`, { token });
  await visitor.page.getByText('no problem found').waitFor();
  return visitor;
}

test('a dialog that is closed gives the focus back to the text that was being written', async () => {
  const { page, complaints, close } = await open(3);
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
  await prompt.click();
  await page.keyboard.press('End');
  await page.keyboard.type(' one');
  for (const leave of [() => page.keyboard.press('Escape'), () => page.keyboard.press('Enter')]) {
    await page.keyboard.press('Control+s');
    const dialog = page.getByRole('dialog', { name: 'What a save changes' });
    await dialog.getByText('x one').first().waitFor();
    await leave();
    await dialog.waitFor({ state: 'hidden' });
    await page.keyboard.type(' more?');
  }
  await expect.poll(() => prompt.textContent()).toBe('x one more? more?');
  expect(complaints).toEqual([]);
  await close();
});

test('a button of the form leads into what it brings', async () => {
  const { page, complaints, close } = await open(1);
  const labelled = () =>
    page.evaluate(
      () => document.activeElement?.id && (document.activeElement as HTMLInputElement).labels?.[0]?.textContent,
    );
  for (const [button, field] of [
    ['or another path for topic', 'Path 2 of topic'],
    ['A default for topic', 'Where there is none, topic is this text'],
    ['Go on by a value', 'By the value at'],
    ['Add a value', 'Value'],
    ['Remove a', 'Key'],
  ] as const) {
    await page.getByRole('button', { name: button, exact: true }).click();
    if (button !== 'Remove a') await expect.poll(labelled, { message: field }).toBe(field);
    else
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Ask for a JSON object');
  }
  await page.getByRole('button', { name: 'Add a turn' }).click();
  await page.getByRole('textbox', { name: 'Turn 1' }).waitFor();
  await page.keyboard.type('Good day');
  await expect.poll(() => page.getByRole('textbox', { name: 'Turn 1' }).textContent()).toBe('Good day');
  expect(complaints).toEqual([]);
  await close();
});

test('the stage whose row has the focus is the one that keys move, and its row keeps it', async () => {
  const { page, complaints, close } = await open(1);
  const names = () =>
    page
      .getByRole('navigation', { name: 'Stages' })
      .locator('[data-stage]')
      .evaluateAll((rows) => rows.map((row) => /One|Two|Three/.exec(row.textContent ?? '')?.[0]));
  await page.getByRole('link', { name: /Two/ }).focus();
  await page.keyboard.press('Alt+ArrowDown');
  await expect.poll(names).toEqual(['One', 'Three', 'Two']);
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('Two');
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Alt+ArrowUp');
  await expect.poll(names).toEqual(['Two', 'One', 'Three']);
  expect(complaints).toEqual([]);
  await close();
});

test('the window does not scroll where its columns do, and a way to a problem leaves the bar in view', async () => {
  const { page, complaints, close } = await open(1);
  const over = () => page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight);
  expect(await over()).toBe(0);
  await page.getByRole('link', { name: /Two/ }).click();
  await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('{{stage_9.raw}}');
  await page.getByRole('button', { name: /^Stage 2, prompt/ }).click();
  expect(await over()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollTop)).toBe(0);

  // A save would refuse it, and says so before.
  await page.keyboard.press('Control+s');
  await page.getByText('1 problem keeps the draft from being saved.').waitFor();
  expect(complaints).toEqual([]);
  await close();
});
