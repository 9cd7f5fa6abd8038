import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';
import { gate } from './support/provider.ts';

const { server, browser } = await opened();

const lane = (page: Page) => page.getByRole('group', { name: 'Timeline' });
const bars = (page: Page) => lane(page).getByRole('button');
const names = (page: Page) => bars(page).evaluateAll((all) => all.map((bar) => bar.getAttribute('aria-label') ?? ''));

/** A run with an answer that was refused, which then waits for a person. */
async function waitingRun(token: string): Promise<string> {
  // Each takes a time of its own, so that its bar can be told from its neighbours.
  const answers = [['The', ' notice.'], ['bad'], ['a', ' good', ' one', ' at', ' last'], ['The', ' long', ' reading.']];
  const pace = () => new Promise<void>((wait) => setTimeout(wait, 60));
  server.provider.answer = () => ({
    words: answers.shift() ?? ['The', ' end', ' of', ' it', ' all', ', at', ' last.'],
    pace,
  });
  const workflow = await server.workflow(token, {
    name: 'Recall notice in four languages',
    stages: [
      { name: 'Draft', promptTemplate: 'Draft it.' },
      {
        name: 'Check',
        promptTemplate: 'Check it.',
        validationType: 'REGEX',
        validationCriteria: { pattern: 'good' },
        retryLimit: 2,
      },
      { name: 'Legal reading', promptTemplate: 'Read it.', validationType: 'MANUAL' },
      { name: 'Assemble', promptTemplate: 'Assemble it.' },
    ],
  });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'PAUSED');
  return run;
}

/** Passes what waits for this person. */
async function pass(token: string): Promise<void> {
  const query = '{ pendingValidations { nodes { id } } }';
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(token, query);
  const decide = 'mutation ($id: ID!) { recordManualValidation(input: { logId: $id, result: PASS }) { id } }';
  for (const { id } of pendingValidations.nodes) await server.data(token, decide, { id });
}

const seconds = (told: string): number => {
  const units = { ms: 0.001, s: 1, min: 60, h: 3_600 } as const;
  const found = [...told.matchAll(/([\d.]+) (ms|s|min|h)\b/g)];
  return found.reduce((sum, [, value, unit]) => sum + Number(value) * units[unit as keyof typeof units], 0);
};

test('each bar of the timeline is a named button, a long wait is folded, and the account sums up to the whole', async () => {
  const token = server.token();
  const run = await waitingRun(token);
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  await page.clock.setFixedTime(Date.now() + 8_043_000);
  await page.evaluate((path) => window.history.pushState(null, '', path), `/runs/${run}`);
  await page.evaluate(() => window.dispatchEvent(new PopStateEvent('popstate')));
  await lane(page).waitFor();
  await expect
    .poll(() => names(page))
    .toEqual([
      expect.stringMatching(/^Stage 1, passed, model [\d.]+ m?s/),
      expect.stringMatching(/^Stage 2, first answer, refused, model [\d.]+ m?s/),
      expect.stringMatching(/^Stage 2, second answer, passed, model [\d.]+ m?s/),
      expect.stringMatching(/^Stage 3, waits for a person, model [\d.]+ m?s/),
      expect.stringMatching(/^a person 2 h 14 min so far folded: the run waits$/),
    ]);
  const foot = page.getByRole('region', { name: 'Time' });
  const parts = await foot.getByRole('list', { name: 'Where the time went' }).getByRole('listitem').allTextContents();
  const whole = (await foot.getByText('so far').last().textContent()) ?? '';
  expect(parts.join()).toContain('a person 2 h 14 min');
  expect(parts.reduce((sum, part) => sum + seconds(part), 0)).toBeCloseTo(seconds(whole));
  const fold = bars(page).last();
  const folded = (await fold.boundingBox())?.width ?? 0;
  await fold.click();
  await expect.poll(() => fold.getAttribute('aria-expanded')).toBe('true');
  expect((await fold.boundingBox())?.width).toBeGreaterThan(folded * 5);
  expect(complaints).toEqual([]);
  await close();
});

test('bars are to scale, arrows walk among them, and one that is pressed is the chosen attempt', async () => {
  const token = server.token();
  const run = await waitingRun(token);
  await pass(token);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await lane(page).waitFor();
  const refused = lane(page).getByRole('button', { name: 'Stage 2, first answer, refused' });
  await refused.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => refused.getAttribute('aria-current')).toBe('true');
  expect(page.url()).toContain('log=');
  await page.keyboard.press('ArrowRight');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Stage 2, second/);
  await page.keyboard.press('Home');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Stage 1/);
  const drawn = await bars(page).evaluateAll((all) =>
    all.map((bar) => {
      const { x, width } = bar.getBoundingClientRect();
      return { name: bar.getAttribute('aria-label') ?? '', x, width };
    }),
  );
  const places = drawn.map(({ x }) => x);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(drawn.map(({ name }) => name.slice(0, 8))).toEqual([
    'Stage 1,',
    'Stage 2,',
    'Stage 2,',
    'Stage 3,',
    'Stage 4,',
  ]);
  // What was answered is told to the end of its judging; that of stage 3 lies beyond a wait.
  const query = `query ($id: ID!) {
    execution(id: $id) {
      events(first: 100) { ... on StageFinished { occurredAt log { stageOrder executedAt } } }
    }
  }`;
  type Finished = { occurredAt: string; log: { stageOrder: number; executedAt: string } };
  const { execution } = await server.data<{ execution: { events: Partial<Finished>[] } }>(token, query, { id: run });
  const took = execution.events.flatMap(({ occurredAt, log }) =>
    occurredAt && log && log.stageOrder !== 3 ? [Date.parse(occurredAt) - Date.parse(log.executedAt)] : [],
  );
  const known = drawn.filter(({ name }) => !name.startsWith('Stage 3'));
  expect(took.length).toBe(known.length);
  const sum = (all: number[]) => all.reduce((whole, one) => whole + one, 0);
  const rate = sum(known.map(({ width }) => width)) / sum(took);
  // Some milliseconds more lie between two events, of which either bar may have a part.
  for (const [index, { name, width }] of known.entries())
    expect(Math.abs(width - (took[index] ?? 0) * rate), name).toBeLessThan(3 + width / 5);
  const widths = known.map(({ width }) => width);
  expect(Math.max(...widths) / Math.min(...widths)).toBeGreaterThan(2);
  expect(complaints).toEqual([]);
  await close();
});

test('T turns the lane into a row a stage and back, and the link keeps it', async () => {
  const token = server.token();
  const run = await waitingRun(token);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await lane(page).waitFor();
  await page.keyboard.press('t');
  const score = page.getByRole('group', { name: 'Score' });
  await score.getByText('Legal reading').waitFor();
  await score.getByText('Assemble').waitFor();
  await score.getByText('×2').waitFor();
  expect(await score.getByRole('button', { name: 'Stage 2, second answer, passed' }).count()).toBe(1);
  expect(page.url()).toContain('time=score');
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('t');
  await lane(page).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('while a stage writes its bar grows by the clock, and what has ended stands still', async () => {
  const token = server.token();
  const held = gate(1);
  let calls = 0;
  server.provider.answer = () => {
    calls += 1;
    return calls === 1 ? { words: ['one'] } : { words: ['two', ' three'], pace: held.pace };
  };
  const workflow = await server.workflow(token, {
    name: 'Two',
    stages: [
      { name: 'First', promptTemplate: 'One.' },
      { name: 'Second', promptTemplate: 'Two.' },
      { name: 'Third', promptTemplate: 'Three.' },
    ],
  });
  const run = await server.run(token, workflow);
  const query = 'query ($id: ID!) { execution(id: $id) { logs { nodes { executedAt } } } }';
  type Logs = { execution: { logs: { nodes: { executedAt: string }[] } } };
  const logs = async () => (await server.data<Logs>(token, query, { id: run })).execution.logs.nodes;
  await expect.poll(async () => (await logs()).length).toBe(2);
  const began = Date.parse((await logs())[1]?.executedAt ?? '');
  // The page looks at its clock by whole seconds.
  const soon = Math.ceil(began / 1_000) * 1_000 + 1_000;
  const late = soon + 2_000;
  const { page, complaints, close } = await visit(browser, server.origin, '/', {
    token,
    before: (page) => page.clock.setFixedTime(soon),
  });
  await page.evaluate((path) => {
    window.history.pushState(null, '', path);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, `/runs/${run}`);
  const live = lane(page).getByRole('button', { name: 'Stage 2, writing' });
  const ended = lane(page).getByRole('button', { name: 'Stage 1, passed' });
  const isTold = (at: number) =>
    expect.poll(() => live.getAttribute('aria-label')).toContain(`${Math.floor((at - began) / 1_000)} s so far`);
  await isTold(soon);
  const [before, first] = [await live.boundingBox(), await ended.boundingBox()];
  await page.clock.setFixedTime(late);
  await isTold(late);
  const after = await live.boundingBox();
  expect((after?.width ?? 0) / (before?.width ?? 0)).toBeCloseTo((late - began) / (soon - began), 1);
  // Chromium lays out in parts of a pixel.
  const still = (box: typeof first, where: typeof first) => {
    for (const side of ['x', 'y'] as const) expect(box?.[side]).toBeCloseTo(where?.[side] ?? Number.NaN, 1);
  };
  still(after, before);
  const end = await ended.boundingBox();
  still(end, first);
  expect(end?.width).toBeCloseTo(first?.width ?? Number.NaN, 1);
  await lane(page).getByText('3', { exact: true }).waitFor();
  held.release();
  await lane(page).getByRole('button', { name: 'Stage 3, passed' }).waitFor();
  expect(await bars(page).count()).toBe(3);
  expect(complaints).toEqual([]);
  await close();
});

test('a list of items lies side by side, and neighbours that are too narrow are one', async () => {
  const token = server.token();
  server.provider.answer = ({ messages }) => ({
    words: [messages.at(-1)?.content.includes('List') ? JSON.stringify({ all: [...Array(800).keys()] }) : 'One.'],
  });
  const workflow = await server.workflow(token, {
    name: 'Items',
    stages: [
      { name: 'List', promptTemplate: 'List them.', outputVariables: { all: 'array' } },
      {
        name: 'Each',
        promptTemplate: 'Say {{item}}.',
        forEach: { in: 'stage_1.output.all', concurrency: 8 },
      },
    ],
  });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token, ...PHONE });
  // All events of what is over are read before it is shown.
  await page.getByRole('status').getByText('Completed').waitFor();
  await expect.poll(async () => (await names(page)).some((name) => /^Stage 2, items \d+ to \d+/.test(name))).toBe(true);
  expect(await bars(page).count()).toBeLessThan(400);
  expect(await scrollsSideways(page)).toBe(false);
  expect(complaints).toEqual([]);
  await close();
});
