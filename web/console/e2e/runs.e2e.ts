import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';
import { gate } from './support/provider.ts';

const folder = mkdtempSync(join(tmpdir(), 'footlight-runs-'));
const file = join(folder, 'runs.db');
// What begins later ends before.
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { server, browser } = await opened({ DATABASE_URL: `sqlite://${file}`, MAX_CONCURRENT_STAGES: '16' });

const PAGE = {
  name: 'Science page',
  stages: [
    { name: 'Facts', promptTemplate: 'Facts of {{topic}}' },
    { name: 'Headline and standfirst', promptTemplate: 'Write of {{stage_1.raw}}' },
  ],
};

/** Makes many runs of the only one that there is, each some minutes older than the one before. */
const COPY = `
import sqlite3, sys, os, datetime
file, count, run, apart = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3].replace('-', '')), int(sys.argv[4])
db = sqlite3.connect(file)
names = [row[1] for row in db.execute('pragma table_info(executions)') if row[1] not in ('id', 'created_at', 'client_key')]
made, = db.execute('select created_at from executions where id = ?', (run,)).fetchone()
at = datetime.datetime.fromisoformat(made.replace('Z', '+00:00'))
rest = ', '.join(names)
for one in range(1, count + 1):
    when = (at - datetime.timedelta(minutes=one * apart)).strftime('%Y-%m-%dT%H:%M:%S.000Z')
    db.execute(f'insert into executions (id, created_at, {rest}) select ?, ?, {rest} from executions where id = ?', (os.urandom(16), when, run))
db.commit()
`;

/** Somebody with a workflow that has run once, and as many runs more as are asked for, so many minutes apart. */
async function withRuns(more = 0, apart = 1): Promise<{ token: string; workflow: string; run: string }> {
  const token = server.token();
  const workflow = await server.workflow(token, PAGE);
  const run = await server.run(token, workflow, { topic: 'moths' });
  await server.reached(token, run, 'COMPLETED');
  if (more > 0) {
    await server.kill();
    execFileSync('python3', ['-c', COPY, file, String(more), run, String(apart)]);
    await server.start();
  }
  return { token, workflow, run };
}

/** How often the page asks for what, by the names of its documents. */
function asking(page: Page): Record<string, number> {
  const asked: Record<string, number> = {};
  page.on('request', (request) => {
    if (request.method() !== 'POST') return;
    const { operationName } = request.postDataJSON();
    asked[operationName] = (asked[operationName] ?? 0) + 1;
  });
  return asked;
}

const rows = (page: Page) => page.getByRole('region', { name: 'Runs, newest first' }).getByRole('link');
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-run') ?? null);
const scrolled = (page: Page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll('[data-run]')].map((row) => row.closest('[class*=list]'));
    const list = [...new Set(all)].find((one) => one && one.scrollHeight > one.clientHeight);
    return Math.round(list?.scrollTop ?? 0);
  });

test('a new run is there within a second, by itself', async () => {
  const { token, workflow } = await withRuns();
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await rows(page).first().waitFor();
  expect(await rows(page).count()).toBe(1);
  const run = await server.run(token, workflow, { topic: 'bats' });
  const began = Date.now();
  await page.locator(`[data-run="${run}"]`).waitFor();
  expect(Date.now() - began).toBeLessThan(1000);
  await page.locator(`[data-run="${run}"]`).getByText('Completed').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a row says which stage its run is at by the run’s own events: nothing is asked by the clock', async () => {
  const { token, workflow } = await withRuns();
  const held = [gate(0), gate(0)] as const;
  onTestFinished(() => {
    for (const { release } of held) release();
    server.provider.answer = () => ({ words: ['one', ' more', ' word'] });
  });
  let calls = 0;
  server.provider.answer = () => {
    calls += 1;
    return { words: ['one'], pace: held[0].pace };
  };
  const run = await server.run(token, workflow, { topic: 'bats' });
  await expect.poll(() => calls).toBe(1);
  server.provider.answer = () => ({ words: ['one'], pace: held[1].pace });
  let asked: Record<string, number> = {};
  const before = async (page: Page) => {
    await page.clock.install();
    asked = asking(page);
  };
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token, before });
  const row = page.locator(`[data-run="${run}"]`);
  await row.getByText('Stage 1, Facts, is under way').waitFor();
  // What became of its stages is read once the row has come to rest.
  await expect.poll(() => asked.RunAttempts).toBe(1);
  await page.waitForLoadState('networkidle');
  const first = { ...asked };
  await page.clock.fastForward(60_000);
  await row.getByText('1 min').waitFor();
  expect(asked).toEqual(first);
  held[0].release();
  await row.getByText('Stage 2, Headline and standfirst, is under way').waitFor();
  held[1].release();
  await row.getByText('Completed').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('new runs are counted while one reads further down: scroll and focus stay', async () => {
  const { token, workflow, run } = await withRuns(2000);
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await page.locator(`[data-run="${run}"]`).waitFor();
  for (let step = 0; step < 60; step += 1) await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.hasAttribute('data-run'));
  await expect.poll(() => scrolled(page)).toBeGreaterThan(500);
  await page.waitForFunction(() => new URL(location.href).searchParams.has('chosen'));
  const before = { focus: await focused(page), scroll: await scrolled(page) };
  expect(before.focus).not.toBeNull();
  for (let one = 0; one < 3; one += 1) await server.run(token, workflow, { topic: `moth ${one}` });
  const fresh = page.getByRole('button', { name: '3 new, show them' });
  await fresh.waitFor();
  expect({ focus: await focused(page), scroll: await scrolled(page) }).toEqual(before);
  await fresh.click();
  await expect.poll(() => scrolled(page)).toBe(0);
  await expect.poll(() => rows(page).first().getAttribute('data-run')).not.toBe(run);
  expect(complaints).toEqual([]);
  await close();
});

test('a long list is read page by page while it scrolls, and Back finds the place again', async () => {
  const { token } = await withRuns(450);
  const { page, complaints, close } = await visit(browser, server.origin, '/settings', { token });
  const asked = asking(page);
  // The first rows are never told what they ask: whoever goes on gives that up.
  await page.route('**/graphql', (route) => {
    const isFirst = route.request().postDataJSON()?.operationName === 'RunAttempts' && asked.RunAttempts === 1;
    return isFirst ? undefined : route.continue();
  });
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Runs' }).click();
  await rows(page).first().waitFor();
  await expect.poll(() => asked.RunAttempts).toBe(1);
  expect(asked).toEqual({
    Runs: expect.toBeOneOf([1, 2]),
    RunCounts: 1,
    RunWorkflows: 1,
    KeptViews: 1,
    RunAttempts: 1,
  });
  await rows(page).first().hover();
  let turns = 0;
  await expect
    .poll(
      async () => {
        turns += 1;
        await page.mouse.wheel(0, 4000);
        return scrolled(page);
      },
      { timeout: 15_000 },
    )
    .toBeGreaterThan(12_000);
  // Only the rows in view are there.
  expect(await rows(page).count()).toBeLessThan(80);
  // The wheel is heard for a moment yet, and rows that it moves out of view go.
  let place = Number.NaN;
  const isStill = async () => {
    const before = place;
    place = await scrolled(page);
    return place === before;
  };
  await expect.poll(isStill, { interval: 200, timeout: 10_000 }).toBe(true);
  // Of rows that flew past nothing is read, and of those that came to rest all at once.
  await expect.poll(() => asked.RunAttempts).toBeGreaterThan(1);
  expect(asked.RunAttempts).toBeLessThanOrEqual(1 + turns);
  const inView = await page.evaluate(() => {
    const all = [...document.querySelectorAll('[data-run]')];
    const row = all.find((one) => one.getBoundingClientRect().top > 400);
    return row?.getAttribute('data-run') ?? '';
  });
  await page.locator(`[data-run="${inView}"]`).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${inView}*`);
  await page.getByRole('heading', { name: 'Science page', level: 1 }).waitFor();
  await page.goBack();
  await page.locator(`[data-run="${inView}"]`).waitFor();
  expect(Math.abs((await scrolled(page)) - place)).toBeLessThan(40);
  // And so does the focus, from which J goes on.
  await expect.poll(() => focused(page)).toBe(inView);
  await page.keyboard.press('j');
  await expect.poll(() => focused(page)).not.toBe(inView);
  expect(Math.abs((await scrolled(page)) - place)).toBeLessThan(40);
  expect(complaints).toEqual([]);
  await close();
});

test('J begins with the first row in view where none is chosen', async () => {
  const { token } = await withRuns(450);
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await rows(page).first().hover();
  await page.mouse.wheel(0, 2000);
  await expect.poll(() => scrolled(page)).toBeGreaterThan(1500);
  const place = await scrolled(page);
  const firstInView = await page.evaluate(() => {
    const all = [...document.querySelectorAll('[data-run]')];
    const top = all[0]?.closest('[class*=list]')?.getBoundingClientRect().top ?? 0;
    return all.find((row) => row.getBoundingClientRect().top >= top - 1)?.getAttribute('data-run');
  });
  await page.keyboard.press('j');
  expect(await focused(page)).toBe(firstInView);
  expect(await scrolled(page)).toBe(place);
  expect(complaints).toEqual([]);
  await close();
});

test('J and K walk within the filter, Enter opens, and what failed is told beside', async () => {
  const { token, workflow } = await withRuns();
  server.provider.answer = () => ({ words: ['Gerne! Hier ist es.'] });
  const strict = await server.workflow(token, {
    name: 'Bescheide in leichter Sprache, Datenschutzfolgenabschätzungsunterlagenübermittlung',
    stages: [
      {
        name: 'Einwilligung',
        promptTemplate: 'Schreibe {{topic}}',
        validationType: 'FUNCTION',
        validationCriteria: { functionName: 'starts_with', args: { text: 'Ja' } },
      },
    ],
  });
  const failed: string[] = [];
  for (let one = 0; one < 3; one += 1) {
    const run = await server.run(token, strict, { topic: 'x' });
    await server.reached(token, run, 'FAILED');
    failed.unshift(run);
    await server.reached(token, await server.run(token, workflow, { topic: 'y' }), 'COMPLETED');
  }
  server.provider.answer = () => ({ words: ['one', ' more', ' word'] });
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await page.getByRole('link', { name: 'Failed 3' }).click();
  await expect.poll(() => rows(page).count()).toBe(3);
  const walked: (string | null)[] = [];
  for (const key of ['j', 'j', 'j', 'j', 'k']) {
    await page.keyboard.press(key);
    walked.push(await focused(page));
  }
  expect(walked).toEqual([failed[0], failed[1], failed[2], failed[2], failed[1]]);
  const told = page.getByRole('complementary', { name: 'The chosen run' });
  await told.getByText('Last answer').waitFor();
  await told.getByText('Gerne! Hier ist es.').waitFor();
  await page.waitForURL(new RegExp(`statuses=FAILED.*chosen=${failed[1]}`));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${failed[1]}*`);
  expect(complaints).toEqual([]);
  await close();
});

test('the list is narrowed to the last hour, today, the last days, or since a day, and its link says so', async () => {
  const { token } = await withRuns(20, 10 * 60);
  const query = '{ executions(first: 100) { nodes { id createdAt } } }';
  const { executions } = await server.data<{ executions: { nodes: { id: string; createdAt: string }[] } }>(
    token,
    query,
  );
  const idsSince = (begin: number) =>
    executions.nodes.filter(({ createdAt }) => Date.parse(createdAt) >= begin).map(({ id }) => id);
  const midnight = (daysAgo: number) => {
    const day = new Date();
    day.setHours(0, 0, 0, 0);
    day.setDate(day.getDate() - daysAgo);
    return day;
  };
  const day = midnight(3).toLocaleDateString('sv');
  const [hour, days, week] = [Date.now() - 3_600_000, midnight(3).getTime(), midnight(6).getTime()].map(idsSince);
  // None of them is all, or the same as another.
  expect(new Set([hour, days, week, executions.nodes].map((all) => all?.length)).size).toBe(4);

  const viewport = { width: 1440, height: 1600 };
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token, viewport });
  const shown = () => rows(page).evaluateAll((all) => all.map((row) => row.getAttribute('data-run')));
  const isShown = (ids: string[] | undefined) => expect.poll(shown).toEqual(ids);
  const since = page.getByLabel('When it began');
  await isShown(idsSince(0));
  for (const [option, value, ids] of [
    ['In the last hour', 'hour', hour],
    ['Today', 'today', idsSince(midnight(0).getTime())],
    ['In the last 7 days', 'week', week],
  ] as const) {
    await since.selectOption(option);
    await page.waitForURL(`**/runs?since=${value}`);
    await isShown(ids);
  }
  await since.selectOption('Since a day…');
  await page.getByLabel('The day').fill(day);
  await page.waitForURL(`**/runs?since=${day}`);
  await isShown(days);
  await page.goto(page.url());
  await signIn(page, token);
  await isShown(days);
  await page.getByLabel('When it began').selectOption('At any time');
  await isShown(idsSince(0));
  expect(complaints).toEqual([]);
  await close();
});

test('two runs that were chosen are compared', async () => {
  const { token, workflow, run } = await withRuns();
  const other = await server.run(token, workflow, { topic: 'bats' });
  await server.reached(token, other, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await expect.poll(() => rows(page).count()).toBe(2);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('to compare', { exact: true }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.waitForURL(new RegExp(`/compare\\?.*left=${other}.*right=${run}`));
  expect(complaints).toEqual([]);
  await close();
});

test('a run is found by its id, and those of a workflow by its name', async () => {
  const { token, run, workflow } = await withRuns();
  await server.workflow(token, { ...PAGE, name: 'Corrections' });
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await rows(page).first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('correct');
  await page.getByRole('search').getByRole('link', { name: 'Corrections' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('No run is like that.', { exact: false }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('science');
  await page.getByRole('search').getByRole('link', { name: 'Science page' }).click();
  await page.waitForURL(new RegExp(`workflow=${workflow}`));
  await rows(page).first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.insertText(run);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${run}*`);
  // The short id that its head shows is found, too, also where the list is narrowed to others; its head copies all of it.
  const short = `${run.slice(0, 8)}…${run.slice(-4)}`;
  await page.getByRole('button', { name: `Copy the id ${short}` }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(run);
  await page.goto(`${server.origin}/runs?statuses=FAILED`);
  await signIn(page, token);
  await page.getByText('No run is like that.', { exact: false }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.insertText('01932d96…a24b');
  await page.getByText('No run of yours has an id like that.', { exact: false }).waitFor();
  await page.getByLabel('Search runs').fill(short);
  await page.getByRole('search').getByRole('link', { name: short }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/runs/${run}*`);
  expect(complaints).toEqual([]);
  await close();
});

test('runs of one workflow are told apart by what they were given', async () => {
  const { token, workflow, run } = await withRuns();
  const other = await server.run(token, workflow, { topic: 'bats '.repeat(2000) });
  await server.reached(token, other, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs?chosen=${run}`, { token });
  const told = page.getByRole('complementary', { name: 'The chosen run' });
  await told.getByText('moths', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Two lines a run' }).click();
  await page.locator(`[data-run="${run}"]`).getByText('topic: moths').waitFor();
  const long = await page.locator(`[data-run="${other}"]`).getByText('topic: bats').textContent();
  expect(long?.length).toBeLessThan(200);
  await page.goto(`${server.origin}/workflows/${workflow}/start`);
  await signIn(page, token);
  await page.getByRole('link', { name: /Completed.*topic: moths/ }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('the stages of a run are named, though its workflow has changed since', async () => {
  const token = server.token();
  const stage = { name: 'Polish and approve', promptTemplate: 'Polish {{topic}}', validationType: 'MANUAL' };
  const workflow = await server.workflow(token, { name: 'Topic to article', stages: [stage] });
  const run = await server.run(token, workflow, { topic: 'moths' });
  await server.reached(token, run, 'PAUSED');
  const known = '{ workflows(first: 1) { nodes { stages { id } } } }';
  const { workflows } = await server.data<{ workflows: { nodes: { stages: { id: string }[] }[] } }>(token, known);
  const rename = 'mutation ($input: UpdateStageInput!) { updateStage(input: $input) { id } }';
  await server.data(token, rename, { input: { id: workflows.nodes[0]?.stages[0]?.id, name: 'Approve' } });
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  const row = page.locator(`[data-run="${run}"]`);
  await row.getByText('Stage 1, Polish and approve, waits for a decision').waitFor();
  await row.getByRole('img', { name: 'at 1 of 1 stage' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a row tells what became of each stage, also of a run that goes on', async () => {
  const token = server.token();
  const held = gate(0);
  const no = { words: ['Nein'] };
  const checks = [no, { words: ['Ja'] }, no, { words: ['Ja'], pace: held.pace }];
  server.provider.answer = ({ messages }) => {
    const isCheck = messages.at(-1)?.content.startsWith('Check');
    return (isCheck && checks.shift()) || { words: ['one', ' more', ' word'] };
  };
  const check = {
    promptTemplate: 'Check {{topic}}',
    validationType: 'FUNCTION',
    validationCriteria: { functionName: 'starts_with', args: { text: 'Ja' } },
    retryLimit: 1,
  };
  const workflow = await server.workflow(token, {
    name: 'Not straight on',
    stages: [
      { name: 'Facts', promptTemplate: 'Facts of {{topic}}', nextStageOnPass: 3 },
      { name: 'Passed over', promptTemplate: 'More of {{topic}}' },
      { name: 'Check', ...check },
      { name: 'End', promptTemplate: 'End {{topic}}' },
    ],
  });
  const before = await server.run(token, workflow, { topic: 'moths' });
  await server.reached(token, before, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  const stages = (run: string, name: string) =>
    page.locator(`[data-run="${run}"]`).getByRole('img', { name, exact: true }).waitFor();
  await stages(before, '4 stages, 1 tried again, 1 not run');
  const now = await server.run(token, workflow, { topic: 'bats' });
  await stages(now, 'at 3 of 4 stages');
  held.release();
  await stages(now, '4 stages, 1 tried again, 1 not run');
  expect(complaints).toEqual([]);
  await close();
});

test('a filter is kept under a name, beside whatever else the person prefers', async () => {
  const { token } = await withRuns();
  await server.data(token, 'mutation { updateProfile(input: { preferences: { theme: "dark" } }) { id } }');
  const { page, complaints, close } = await visit(browser, server.origin, '/runs?statuses=FAILED', { token });
  await page.getByRole('button', { name: 'Keep this one' }).click();
  await page.getByLabel('What to call it').fill('What broke');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'What broke' }).waitFor();
  await page.getByRole('navigation', { name: 'Which runs' }).getByRole('link', { name: /^All/ }).click();
  await rows(page).first().waitFor();
  await page.getByRole('link', { name: 'What broke' }).click();
  await page.waitForURL(/statuses=FAILED/);
  const { me } = await server.data<{ me: { preferences: unknown } }>(token, '{ me { preferences } }');
  expect(me.preferences).toEqual({
    theme: 'dark',
    runViews: [{ name: 'What broke', filter: { statuses: 'FAILED' } }],
  });
  expect(complaints).toEqual([]);
  await close();
});

test('the server goes and comes back: nothing jumps, and the list catches up', async () => {
  const { token, workflow, run } = await withRuns();
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await page.locator(`[data-run="${run}"]`).waitFor();
  await page.keyboard.press('j');
  await server.kill();
  await page.getByText('The connection is lost.', { exact: false }).waitFor();
  expect(await focused(page)).toBe(run);
  expect(await rows(page).count()).toBe(1);
  await server.start();
  const other = await server.run(token, workflow, { topic: 'bats' });
  await page.locator(`[data-run="${other}"]`).waitFor();
  await page.locator(`[data-run="${other}"]`).getByText('Completed').waitFor();
  expect(await focused(page)).toBe(run);
  expect(complaints.filter((text) => !/ERR_CONNECTION_REFUSED|ERR_SOCKET_NOT_CONNECTED|WebSocket/.test(text))).toEqual(
    [],
  );
  await close();
});

test('on a phone the list fits, and a row opens its run', async () => {
  const { token, run } = await withRuns();
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token, ...PHONE });
  await rows(page).first().waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  // What narrows it is one line, until it is wanted.
  const views = page.getByRole('navigation', { name: 'Which runs' });
  expect((await views.boundingBox())?.height).toBeLessThan(60);
  await views.getByText('All runs').waitFor();
  await rows(page).first().getByText('topic: moths').waitFor();
  await views.getByRole('button', { name: 'Which runs' }).tap();
  expect(await page.getByLabel('Search runs').getAttribute('placeholder')).toBe('Id, or workflow');
  expect(await scrollsSideways(page)).toBe(false);
  await views.getByRole('link', { name: /Completed/ }).tap();
  await views.getByText('Completed', { exact: true }).first().waitFor();
  await expect.poll(async () => (await views.boundingBox())?.height).toBeLessThan(60);
  await rows(page).first().tap();
  await page.waitForURL(`**/runs/${run}*`);
  expect(complaints).toEqual([]);
  await close();
});

test('nobody is kept out, in either theme', async () => {
  const { token, run } = await withRuns();
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, complaints, close } = await visit(browser, server.origin, `/runs?chosen=${run}`, {
      token,
      colorScheme,
    });
    await page.getByText('What it came to').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
});
