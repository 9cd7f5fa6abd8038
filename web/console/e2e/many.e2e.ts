// What somebody sees who has 500,000 runs: the same pages, as soon, with no more in them than fits.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, print, separateOperations } from 'graphql';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { visit } from './support/browser.ts';
import { copied } from './support/copied.ts';
import { opened } from './support/opened.ts';
import { shiftsOf, watchShifts } from './support/shifts.ts';

const MANY = 500_000;

let token: string;
/** By the workflow's name. */
let last: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'footlight-many-'));
const file = join(folder, 'runs.db');
// What begins later ends before.
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { server, browser } = await opened({ DATABASE_URL: `sqlite://${file}` });

/** Repeats the runs that there are, a minute earlier for every one, until there are as many as are asked for. Indexes are built
 * once, at the end. */
const FILL = `
import sqlite3, sys
file, count = sys.argv[1], int(sys.argv[2])
db = sqlite3.connect(file)
for pragma in ('journal_mode = off', 'synchronous = off', 'cache_size = -200000', 'temp_store = memory', 'ignore_check_constraints = on'):
    db.execute('pragma ' + pragma)
db.create_function('id_of', 1, lambda n: n.to_bytes(16, 'big'))
indexes = db.execute("select name, sql from sqlite_master where type = 'index' and tbl_name = 'executions' and sql is not null").fetchall()
for name, _ in indexes:
    db.execute(f'drop index {name}')
there, = db.execute('select count(*) from executions').fetchone()
names = [row[1] for row in db.execute('pragma table_info(executions)')]
values = {'id': 'id_of(n)', 'client_key': 'null', 'request_hash': 'null', 'execution_context': "'{}'"}
values |= {name: f"minute || ':{second}.000+00:00'" for name, second in (('created_at', '00'), ('started_at', '01'), ('completed_at', '09'))}
db.execute(f'''
with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count - there}),
times as (select n, strftime('%Y-%m-%dT%H:%M', julianday('now') - n / 1440.0) as minute from numbers),
pattern as materialized (select *, row_number() over (order by id) - 1 as place from executions)
insert into executions ({', '.join(names)})
select {', '.join(values.get(name, name) for name in names)} from times cross join pattern on place = n % {there}
''')
for _, sql in indexes:
    db.execute(sql)
db.commit()
`;

const STAGE = { name: 'Facts', promptTemplate: 'Facts of {{topic}}' };
const FAILS = { validationType: 'FUNCTION', validationCriteria: { functionName: 'equals', args: { value: 'no' } } };

beforeAll(async () => {
  token = server.token();
  last = {};
  for (const [name, stage] of [
    ['Science page', STAGE],
    ['Weather', STAGE],
    ['Strict', { ...STAGE, ...FAILS }],
  ] as const) {
    const run = await server.run(token, await server.workflow(token, { name, stages: [stage] }), { topic: 'moths' });
    await server.reached(token, run, 'COMPLETED', 'FAILED');
    last[name] = run;
  }
  await server.kill();
  execFileSync('python3', ['-c', FILL, file, String(MANY)]);
  await server.start();
}, 120_000);

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
const firstRow = (page: Page) => rows(page).first().getAttribute('data-run');
const scrolled = (page: Page) =>
  page.evaluate(() => {
    const lists = [...document.querySelectorAll('[data-run]')].map((row) => row.closest('[class*=list]'));
    const list = lists.find((one) => one && one.scrollHeight > one.clientHeight);
    return list
      ? { top: Math.round(list.scrollTop), left: list.scrollHeight - list.clientHeight - list.scrollTop }
      : null;
  });
const hasFocus = (page: Page) => page.evaluate(() => document.activeElement?.hasAttribute('data-run'));
const nodes = (page: Page) => page.evaluate(() => document.querySelectorAll('*').length);

test('500,000 runs: the list opens as of few, says so, and narrows at once', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token, before: watchShifts });
  const asked = asking(page);
  await page.reload();
  await page.getByLabel('Access token').fill(token);
  const began = Date.now();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator(`[data-run="${last.Strict}"]`).waitFor();
  const head = page.getByRole('main').getByRole('status');
  await expect.poll(() => head.textContent()).toBe('1,000+ runs, newest first');
  expect(Date.now() - began).toBeLessThan(10_000);
  const state = (name: string) => page.getByRole('navigation', { name: 'Which runs' }).getByRole('link', { name });
  for (const name of ['All 1,000+', 'Completed 1,000+', 'Failed 1,000+', 'Running 0', 'Pending 0', 'Cancelled 0']) {
    await state(name).waitFor();
  }
  await page.getByText('Nothing runs now.').waitFor();
  // What became of the rows in view is read last.
  await expect.poll(() => asked.RunAttempts).toBe(1);
  expect(asked.Runs).toBeLessThanOrEqual(2);
  expect(await rows(page).count()).toBeLessThan(80);
  const jumped = await shiftsOf(page);

  const isOf = async (word: string) => {
    const words = await rows(page).allTextContents();
    return words.length > 0 && words.every((one) => one.includes(word));
  };
  await state('Failed').click();
  await expect.poll(() => firstRow(page)).toBe(last.Strict);
  await expect.poll(() => isOf('Failed')).toBe(true);
  await state('Weather').click();
  await page.getByText('No run is like that.').waitFor();
  await expect.poll(() => head.textContent()).toBe('No runs');
  await state('Completed').click();
  await expect.poll(() => firstRow(page)).toBe(last.Weather);
  expect(await isOf('Weather')).toBe(true);
  await expect.poll(() => head.textContent()).toBe('1,000+ runs, newest first');
  await page.getByLabel('When it began').selectOption('In the last hour');
  // A third of the runs of at most 65 minutes, and the one of now.
  await expect.poll(() => head.textContent()).toMatch(/^2[0-3] runs, in the last hour, newest first$/);
  await expect.poll(() => rows(page).count()).toBe(Number((await head.textContent())?.split(' ')[0]));
  await state('All').click();
  await state('Every workflow').click();
  await expect.poll(() => head.textContent()).toMatch(/^6\d runs, in the last hour, newest first$/);
  expect(jumped).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('500,000 runs: the keys go far down and back, and neither rows nor requests heap up', async () => {
  let asked: Record<string, number> = {};
  const before = async (page: Page) => {
    asked = asking(page);
  };
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token, before });
  await page.locator(`[data-run="${last.Strict}"]`).waitFor();
  await page.keyboard.press('j');
  await expect.poll(() => hasFocus(page)).toBe(true);
  await page.getByRole('complementary', { name: 'The chosen run' }).getByText('Last answer').waitFor();
  await expect.poll(() => asked.RunAttempts).toBe(1);
  const [first, few] = [{ ...asked }, await nodes(page)];
  const since = (name: string) => (asked[name] ?? 0) - (first[name] ?? 0);
  let presses = 0;
  const goDown = async () => {
    await page.keyboard.press('End');
    presses += 1;
    return (await scrolled(page))?.top ?? 0;
  };
  await expect.poll(goDown, { interval: 50 }).toBeGreaterThan(32 * 2000);
  // A page of a hundred when the end is near, once, and what became of the rows that came to rest; nothing else.
  await expect.poll(() => since('RunAttempts')).toBeGreaterThan(0);
  expect(since('RunAttempts')).toBeLessThanOrEqual(presses + 1);
  expect(since('Runs')).toBeLessThanOrEqual(23);
  expect({ ...asked, Runs: 0, RunAttempts: 0 }).toEqual({ ...first, Runs: 0, RunAttempts: 0 });
  expect(await rows(page).count()).toBeLessThan(80);
  expect(await nodes(page)).toBeLessThan(few + 500);
  const inView = await rows(page).evaluateAll((all) => all.map((row) => row.getAttribute('data-run')));
  await page.keyboard.press('Home');
  await expect.poll(async () => (await scrolled(page))?.top).toBe(0);
  await expect.poll(() => firstRow(page)).toBe(last.Strict);
  // What is copied has the rows that were in view down there.
  const operations = Object.values(separateOperations(parse(await copied(page, 'Copy as…', 'GraphQL'))));
  expect(operations.length).toBeGreaterThan(3);
  const ids = new Set<string>();
  for (const operation of operations) {
    const data = await server.data<Record<string, { nodes?: { id: string }[] }>>(token, print(operation));
    for (const { nodes = [] } of Object.values(data)) for (const { id } of nodes) ids.add(id);
  }
  expect(inView.length).toBeGreaterThan(10);
  expect(inView.filter((id) => id === null || !ids.has(id))).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('whoever comes to a row by Tab goes to the end of the list and back by the keys for that', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  await page.locator(`[data-run="${last.Strict}"]`).waitFor();
  // As Tab does.
  await rows(page).first().focus();
  await page.keyboard.press('End');
  await expect.poll(async () => (await scrolled(page))?.top).toBeGreaterThan(2000);
  await expect.poll(() => hasFocus(page), { timeout: 5000 }).toBe(true);
  await page.keyboard.press('Home');
  await expect.poll(async () => (await scrolled(page))?.top, { timeout: 5000 }).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test('500,000 runs: each workflow has its last run, and the palette finds any', async () => {
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  for (const name of ['Science page', 'Weather', 'Strict']) {
    const entry = page.getByRole('main').getByRole('listitem').filter({ hasText: name });
    await entry.locator(`a[href*="${last[name]}"]`).waitFor();
  }
  await page.keyboard.press('Control+k');
  const options = page.getByRole('dialog', { name: 'Find or do' }).getByRole('option');
  await options.filter({ hasText: 'Weather' }).first().waitFor();
  expect(await options.count()).toBeLessThan(50);
  // One from the middle of all of them, which is in no list that was read.
  const id = `00000000-0000-0000-0000-${(MANY / 2).toString(16).padStart(12, '0')}`;
  await page.keyboard.insertText(id);
  await expect.poll(() => options.count()).toBe(1);
  await options.filter({ hasText: 'run' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});
