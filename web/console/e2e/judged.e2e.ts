import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

const WORDS = ['There is hummus', ' that is', ' good.'];

/** A promise, and who keeps it. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((settle) => {
    open = settle;
  });
  return { open, opened };
}

let judges = 0;

/** A run whose answer is to be judged: its last word waits for its gate, and the judge says nothing. */
async function judged() {
  const token = server.token();
  const lastWord = gate();
  let words = 0;
  judges += 1;
  const judge = `judge ${judges}`;
  const modelId = await server.model(judge);
  server.provider.answer = ({ model }) => {
    if (model === judge) return { words: ['{"verdict": "pass"}'], pace: () => new Promise<void>(() => {}) };
    const pace = async () => {
      words += 1;
      if (words === WORDS.length) await lastWord.opened;
    };
    return { words: WORDS, pace };
  };
  const stage = {
    ...{ name: 'Write', promptTemplate: 'Write.', validationType: 'LLM' },
    validationCriteria: { modelId, prompt: 'Is {{output}} good?' },
  };
  const run = await server.run(token, await server.workflow(token, { name: 'Menu', stages: [stage] }));
  return { token, run, judge, lastWord };
}

const script = (page: Page) => page.getByRole('region', { name: 'The run as it reads' });

test('an answer that its judge reads is there to its last word, and is not being written', async () => {
  const { token, run, judge, lastWord } = await judged();
  lastWord.open();
  await expect.poll(() => server.provider.calls.filter(({ model }) => model === judge).length).toBe(1);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await script(page).getByText(WORDS.join('')).waitFor();
  await script(page).getByText('being judged').waitFor();
  await page.getByRole('navigation', { name: 'Stages' }).getByText('being judged').waitFor();
  await page.getByRole('list', { name: 'Where the time went' }).getByText('judges').waitFor();
  expect(await page.getByText('writing').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test('so it is while the run is paused before its judge, which is told once', async () => {
  const { token, run, lastWord } = await judged();
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await script(page).getByText('There is hummus that is').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('It pauses when that is done.', { exact: false }).waitFor();
  lastWord.open();
  await server.reached(token, run, 'PAUSED');
  await page.getByText('before the judge of', { exact: false }).waitFor();
  await isPaused(page);
  expect(complaints).toEqual([]);
  await close();
  const again = await visit(browser, server.origin, `/runs/${run}`, { token });
  await isPaused(again.page);
  expect(again.complaints).toEqual([]);
  await again.close();
});

async function isPaused(page: Page): Promise<void> {
  await script(page).getByText(WORDS.join('')).waitFor();
  await script(page).getByText('paused', { exact: true }).waitFor();
  expect(await page.getByText('before the judge of', { exact: false }).count()).toBe(1);
  expect(await page.getByText(' UTC', { exact: false }).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(1);
  expect(await page.getByText('writing').count()).toBe(0);
}

test('a judge that does not answer is waited for, which the bar says, and asked again', async () => {
  const token = server.token();
  const modelId = await server.model('a judge that is away');
  let isAway = true;
  server.provider.answer = ({ model }) => {
    if (model !== 'a judge that is away') return { words: WORDS };
    return isAway ? { status: 503 } : { words: ['{"pass": true, "notes": "so"}'] };
  };
  const stage = {
    ...{ name: 'Write', promptTemplate: 'Write.', validationType: 'LLM' },
    validationCriteria: { modelId, prompt: 'Is {{output}} good?' },
  };
  const run = await server.run(token, await server.workflow(token, { name: 'Menu', stages: [stage] }));
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const bar = page.getByRole('main').getByRole('paragraph').and(page.locator(':not([role=status])'));
  const told = bar.filter({ hasText: /^The judge of stage 1.* did not answer \(\d+ calls?\): it is asked again/ });
  await told.waitFor();
  await page.getByRole('main').getByRole('status').getByText('The judge of stage 1 did not answer').waitFor();
  isAway = false;
  await server.reached(token, run, 'COMPLETED');
  await told.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
  await close();
});
