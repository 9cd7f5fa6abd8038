import { readFileSync } from 'node:fs';
import type { Locator, Page, Request } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, signIn, visit } from './support/browser.ts';
import { commitsByFrame, countCommits, hearReact } from './support/commits.ts';
import { wireTo } from './support/cut.ts';
import { opened } from './support/opened.ts';
import { type Call, gate } from './support/provider.ts';
import { startServer } from './support/server.ts';
import { shiftsOf, watchShifts } from './support/shifts.ts';

const { server, browser } = await opened();

const stage = (name: string, promptTemplate: string, more: object = {}) => ({ name, promptTemplate, ...more });
const mustSay = (pattern: string, retryLimit = 3) => ({
  validationType: 'REGEX',
  validationCriteria: { pattern },
  retryLimit,
});
/** The second is checked, and tried again. */
const CHECKED = [
  stage('Draft', 'Write.'),
  stage('Check it', 'Check {{stage_1.raw}}', mustSay('well')),
  stage('Send', 'Send.'),
];
const prompt = ({ messages }: Call): string => messages.at(-1)?.content ?? '';

const scene = (page: Page, name: string): Locator =>
  page.locator('article').filter({ has: page.getByRole('heading', { name }) });
/** The words of a scene, letter for letter. */
const said = (page: Page, name: string) => scene(page, name).locator('[data-text]').textContent();
const status = (page: Page) => page.locator('main').getByRole('status');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Lets pieces pass as many as are allowed. */
function stepped(first: number) {
  let left = first;
  let waiting: (() => void)[] = [];
  return {
    pace: async () => {
      left -= 1;
      if (left < 0) await new Promise<void>((pass) => waiting.push(pass));
    },
    allow(more: number) {
      const passing = waiting.slice(0, more);
      waiting = waiting.slice(more);
      left += more;
      for (const pass of passing) pass();
    },
  };
}

async function answers(token: string, id: string) {
  type Node = { id: string; rawOutput: string | null; promptSent: string | null };
  const { execution } = await server.data<{ execution: { logs: { nodes: Node[] }; lastEventSeq: number } }>(
    token,
    'query ($id: ID!) { execution(id: $id) { lastEventSeq logs { nodes { id rawOutput promptSent } } } }',
    { id },
  );
  return { lastEventSeq: execution.lastEventSeq, logs: execution.logs.nodes };
}

test('the words of a run stand there as they come, and are its rawOutput in the end', async () => {
  const token = server.token();
  const words = ['Thank you', ' for calling. 🎭\n\n', 'First,', ' look at the side', ' of the tub.\n', 'End.'];
  const steps = stepped(3);
  server.provider.answer = () => ({ words, pace: steps.pace });
  const workflow = await server.workflow(token, {
    name: 'Recall notice',
    stages: [stage('Draft the notice', 'Write about {{topic}}.')],
  });
  const run = await server.run(token, workflow, { topic: 'hummus' });
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await status(page).getByText('Stage 1 is writing its first answer').waitFor();
  await page.getByText('First,').waitFor();
  expect(await said(page, 'Draft the notice')).toBe(words.slice(0, 3).join(''));
  steps.allow(9);
  await status(page).getByText('Completed').waitFor();
  expect(await said(page, 'Draft the notice')).toBe((await answers(token, run)).logs[0]?.rawOutput);
  expect(complaints).toEqual([]);
  await close();
});

test('stages, attempts, verdicts and retries stand in the programme as they happen', async () => {
  const token = server.token();
  let calls = 0;
  const steps = stepped(0);
  server.provider.answer = (call) => {
    if (!prompt(call).startsWith('Check')) return { words: ['a draft'] };
    calls += 1;
    return calls < 3 ? { words: ['No.'] } : { words: ['All', ' is well.'], pace: steps.pace };
  };
  const workflow = await server.workflow(token, {
    name: 'Checked',
    stages: CHECKED,
  });
  const run = await server.run(token, workflow);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await status(page).getByText('Stage 2 of 3 is writing its third answer; its pattern refused the second.').waitFor();
  const stages = page.getByRole('navigation', { name: 'Stages' });
  await stages.getByRole('button', { name: '1st answer, refused' }).waitFor();
  await stages.getByRole('button', { name: '2nd answer, refused' }).waitFor();
  await scene(page, 'Check it').getByText('First answer refused by its pattern.').waitFor();
  steps.allow(9);
  await status(page).getByText('3 stages, 5 answers').waitFor();
  await stages.getByRole('button', { name: /Send/ }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a run that is over is not shown as it was half way, while its events are being read', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['fine'] });
  const items = Array.from({ length: 200 }, (_, index) => `item ${index}`);
  const workflow = await server.workflow(token, {
    name: 'Read',
    stages: [stage('Each', 'Say {{item}}', { forEach: { in: 'inputs.items', concurrency: 8 } })],
  });
  const run = await server.run(token, workflow, { items });
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  let release = () => {};
  const released = new Promise<void>((settle) => {
    release = settle;
  });
  let first = () => {};
  const firstRead = new Promise<void>((settle) => {
    first = settle;
  });
  await page.route('**/graphql', async (route) => {
    const { operationName, variables } = route.request().postDataJSON();
    const isPage = operationName === 'RunEvents';
    if (isPage && variables.after > 0) await released;
    await route.continue();
    if (isPage && variables.after === 0) first();
  });
  await page.evaluate((path) => {
    history.pushState(null, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
  }, `/runs/${run}`);
  await firstRead;
  await status(page).getByText('Reading its events.').waitFor();
  // What the first page of events would show has had its time.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  expect(await status(page).textContent()).toContain('Reading its events.');
  expect(await page.locator('main article').count()).toBe(0);
  release();
  await status(page).getByText('Completed').waitFor();
  await page.getByText('200 of 200 items passed').first().waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('on a phone the stages are there also where the events of the run do not come', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['fine'] });
  const workflow = await server.workflow(token, { name: 'Held', stages: [stage('Draft', 'Say it')] });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token, ...PHONE });
  await page.route('**/graphql', (route) =>
    route.request().postDataJSON().operationName === 'RunEvents' ? undefined : route.continue(),
  );
  await page.evaluate((path) => {
    history.pushState(null, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
  }, `/runs/${run}`);
  await page.getByRole('navigation', { name: 'Stages' }).getByText('Draft').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('what is read of a run ahead of its page is not asked again by it, and is when one comes back', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['fine'] });
  const workflow = await server.workflow(token, { name: 'Ahead', stages: [stage('Draft', 'Say it')] });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/settings', { token });
  const asked = { Run: 0, RunNow: 0 };
  const nameOf = (request: Request) => (request.method() === 'POST' ? request.postDataJSON().operationName : null);
  const isRun = (request: Request) => nameOf(request) === 'Run';
  page.on('request', (request) => {
    const name = nameOf(request);
    if (name in asked) asked[name as keyof typeof asked] += 1;
  });
  // The page itself comes after what is read ahead of it.
  const answered = page.waitForResponse((response) => isRun(response.request()));
  await page.route('**/RunPage-*.js', async (route) => {
    await (await answered).finished();
    await route.continue();
  });
  const open = (path: string) =>
    page.evaluate((to) => {
      history.pushState(null, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
    }, path);
  await open(`/runs/${run}`);
  await page.getByText('fine').first().waitFor();
  await page.waitForLoadState('networkidle');
  expect(asked).toEqual({ Run: 1, RunNow: 1 });
  await open('/settings');
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await open(`/runs/${run}`);
  await page.getByText('fine').first().waitFor();
  await expect.poll(() => asked).toEqual({ Run: 2, RunNow: 2 });
  expect(complaints).toEqual([]);
  await close();
});

test('a socket that is cut is told, and the run goes on from where it stopped: every event once, no reload', async () => {
  const token = server.token();
  const words = Array.from({ length: 40 }, (_, index) => `word ${index} `);
  const steps = stepped(5);
  server.provider.answer = (call) => (prompt(call) === 'First.' ? { words, pace: steps.pace } : { words: ['last'] });
  const workflow = await server.workflow(token, {
    name: 'Cut',
    stages: [stage('Long', 'First.'), stage('Short', 'Second.')],
  });
  const run = await server.run(token, workflow);
  const wire = await wireTo(server.origin);
  const { page, complaints, close } = await visit(browser, wire.origin, '/', { token });
  const seqs: number[] = [];
  const take = (events: { __typename: string; seq: number }[]) =>
    seqs.push(...events.filter(({ __typename }) => __typename !== 'StageOutputDelta').map(({ seq }) => seq));
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const event = JSON.parse(String(payload)).payload?.data?.executionEvents;
      if (event) take([event]);
    }),
  );
  page.on('response', async (response) => {
    if (!response.url().endsWith('/graphql')) return;
    const { first, second, third } = (await response.json().catch(() => null))?.data?.execution ?? {};
    if (first) take([...first, ...second, ...third]);
  });
  await page.evaluate((path) => {
    window.name = 'not loaded again';
    history.pushState({}, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
  }, `/runs/${run}`);
  await page.getByText('word 4').waitFor();
  wire.cut();
  await page.getByRole('status').getByText('The connection is lost.', { exact: false }).waitFor();
  steps.allow(40);
  await server.reached(token, run, 'COMPLETED');
  wire.mend();
  await status(page).getByText('Completed').waitFor();
  expect(await said(page, 'Long')).toBe(words.join(''));
  const { lastEventSeq } = await answers(token, run);
  expect(seqs).toEqual(Array.from({ length: lastEventSeq }, (_, index) => index + 1));
  expect(await page.evaluate(() => window.name)).toBe('not loaded again');
  // The browser itself says that the wire is cut; nothing else may be said.
  expect(complaints.filter((complaint) => !/WebSocket|net::ERR_/.test(complaint))).toEqual([]);
  await close();
  wire.stop();
});

test('a lost connection is told without moving anything; of a run that is over nobody says that it goes on', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['done'] });
  const run = await server.run(token, await server.workflow(token, { name: 'Over', stages: [stage('One', 'Write.')] }));
  await server.reached(token, run, 'COMPLETED');
  for (const device of [{}, PHONE]) {
    const wire = await wireTo(server.origin);
    const options = { token, before: watchShifts, ...device };
    const { page, close } = await visit(browser, wire.origin, `/runs/${run}`, options);
    await status(page).getByText('Completed').waitFor();
    wire.cut();
    await page.getByText('The connection is lost.', { exact: false }).waitFor();
    expect(await shiftsOf(page)).toEqual([]);
    expect(await page.getByText('The run goes on', { exact: false }).count()).toBe(0);
    await close();
    wire.stop();
  }
});

test('it follows the text until the reader scrolls, holds the place then, and goes to the end on request', async () => {
  const token = server.token();
  const words = Array.from({ length: 60 }, (_, index) => `Paragraph ${index}. ${'More words. '.repeat(20)}\n\n`);
  const steps = stepped(20);
  server.provider.answer = () => ({ words, pace: steps.pace });
  const workflow = await server.workflow(token, { name: 'Long', stages: [stage('Long', 'Write.')] });
  const run = await server.run(token, workflow);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const script = page.getByRole('region', { name: 'The run as it reads' });
  const paragraph = (index: number) => page.getByText(`Paragraph ${index}.`, { exact: false }).last();
  const isInView = (index: number) =>
    expect.poll(() => page.getByText(`Paragraph ${index}.`).last().isVisible()).toBe(true);
  await page.getByText('Paragraph 19.').waitFor();
  await page.getByText('Following the text as it comes').waitFor();
  const atEnd = () => script.evaluate((box) => Math.abs(box.scrollTop) < 2);
  steps.allow(10);
  await isInView(29);
  expect(await atEnd()).toBe(true);

  await script.hover();
  await page.mouse.wheel(0, -900);
  const toEnd = page.getByRole('button', { name: /To the end/ });
  await toEnd.waitFor();
  await page.waitForFunction(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))),
  );
  const place = () => scene(page, 'Long').evaluate((box) => box.getBoundingClientRect().top);
  const before = await place();
  steps.allow(10);
  await expect.poll(() => said(page, 'Long')).toContain('Paragraph 39.');
  expect(Math.abs((await place()) - before)).toBeLessThan(2);
  await toEnd.click();
  await expect.poll(atEnd).toBe(true);
  steps.allow(20);
  await expect.poll(() => said(page, 'Long')).toContain('Paragraph 59.');
  expect(await atEnd()).toBe(true);
  await paragraph(59).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('any attempt: what it was given and from where, prompt, thoughts, answer, and the difference to the one before', async () => {
  const token = server.token();
  let calls = 0;
  server.provider.answer = (call) => {
    if (!prompt(call).startsWith('Check')) return { words: ['{"title": "Hummus", "number": 7}'] };
    calls += 1;
    return calls === 1 ? { thoughts: ['Let me see.'], words: ['It is not good.'] } : { words: ['It is very good.'] };
  };
  const workflow = await server.workflow(token, {
    name: 'Provenance',
    stages: [
      stage('Facts', 'About {{topic}}.', { outputVariables: { title: 'string', number: 'number' } }),
      stage('Check it', 'Check {{stage_1.output.title}} for {{topic}}.', {
        ...mustSay('very'),
        systemTemplate: 'Be calm.',
      }),
    ],
  });
  const run = await server.run(token, workflow, { topic: 'tahini' });
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const stages = page.getByRole('navigation', { name: 'Stages' });
  await stages.getByRole('button', { name: '1st answer, refused' }).click();
  const margin = page.getByRole('complementary', { name: 'The chosen answer' });
  await margin.getByText('Refused').waitFor();
  await margin.getByText('stage 1, output.title').waitFor();
  await margin.getByText('the run’s inputs').waitFor();
  await margin.getByText('Check Hummus for tahini.').waitFor();
  await margin.getByText('Be calm.').waitFor();
  await margin.getByText('Let me see.').waitFor();
  expect(page.url()).toContain('log=');
  await page.keyboard.press(']');
  await margin.getByRole('heading', { name: /Stage 2, 2nd answer/ }).waitFor();
  await margin.getByRole('button', { name: 'Compare with 1st' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('del', { hasText: 'not' }).waitFor();
  await dialog.locator('ins', { hasText: 'very' }).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await margin.getByRole('button', { name: 'stage 1, output.title' }).click();
  await margin.getByText('"number": 7').first().waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('an answer of 1 MiB opens at once, copies and downloads byte for byte', async () => {
  const token = server.token();
  const line = `${'An even line of an answer that is long, with an emoji 🎭 and ümläuts. '.repeat(6)}\n`;
  const text = line.repeat(Math.floor((1 << 20) / Buffer.byteLength(line)));
  server.provider.answer = () => ({ words: text.split(/(?<=\n)/) });
  const workflow = await server.workflow(token, { name: 'Huge', stages: [stage('Huge', 'Write.')] });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const [log] = (await answers(token, run)).logs;
  expect(log?.rawOutput).toBe(text);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}?log=${log?.id}`, { token });
  await button(page, 'Open answer').waitFor();
  await expect.poll(() => said(page, 'Huge')).toBe(text);
  await button(page, 'Open answer').click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.locator('[data-text]').textContent()).toBe(text);
  // What is out of sight is not laid out: that is what makes it quick, and can be counted.
  const pieces = await dialog.locator('[data-text] > div > span').evaluateAll((all) => ({
    all: all.length,
    laidOut: all.filter((piece) => piece.checkVisibility({ contentVisibilityAuto: true })).length,
  }));
  expect(pieces.all).toBeGreaterThan(300);
  expect(pieces.laidOut).toBeLessThan(40);
  await dialog.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('Copied answer').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(readFileSync(await file.path()).equals(Buffer.from(text))).toBe(true);
  expect(complaints).toEqual([]);
  await close();
});

test('pause, resume and cancel follow the state of the run', async () => {
  const token = server.token();
  const steps = stepped(1);
  server.provider.answer = () => ({ words: ['one', ' two'], pace: steps.pace });
  const workflow = await server.workflow(token, { name: 'Paused', stages: [stage('A', 'A.'), stage('B', 'B.')] });
  const run = await server.run(token, workflow);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await page.getByText('one').waitFor();
  await button(page, 'Pause').click();
  await status(page).getByText('It pauses when that is done.').waitFor();
  await button(page, 'Resume').click();
  await button(page, 'Pause').click();
  await status(page).getByText('It pauses when that is done.').waitFor();
  steps.allow(1);
  await status(page).getByText('Paused').waitFor();
  await page
    .getByText(/It was paused at .*, before the next attempt at stage 2/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Resume' }).last().click();
  await status(page).getByText('Stage 2 of 2 is writing').waitFor();
  await button(page, 'Cancel the run').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
  await status(page).getByText('It was cancelled at stage 2 of 2').waitFor();
  await expect.poll(() => button(page, 'Pause').count()).toBe(0);
  await button(page, 'Delete').waitFor();
  steps.allow(9);
  expect(complaints).toEqual([]);
  await close();
});

test('the bar says what a run waits for: other runs of its owner, its turn, another try, a person', async () => {
  const narrow = await startServer({ MAX_RUNNING_PER_USER: '1', MAX_CONCURRENT_STAGES: '1' });
  onTestFinished(narrow.stop);
  const held = gate(0);
  let fails = true;
  narrow.provider.answer = (call) => {
    if (prompt(call) === 'Hold.') return { words: ['held'], pace: held.pace };
    return fails ? { status: 503 } : { words: ['at last'] };
  };
  const [token, other] = [narrow.token(), narrow.token()];
  const holding = await narrow.workflow(token, { name: 'Holding', stages: [stage('Hold', 'Hold.')] });
  const judged = [stage('Ask', 'Ask.', { validationType: 'MANUAL' })];
  const asking = await narrow.workflow(token, { name: 'Asking', stages: judged });
  const elsewhere = await narrow.workflow(other, { name: 'Elsewhere', stages: judged });
  const first = await narrow.run(token, holding);
  await narrow.reached(token, first, 'RUNNING');
  const own = await narrow.run(token, asking);
  const theirs = await narrow.run(other, elsewhere);
  const mine = await visit(browser, narrow.origin, `/runs/${own}`, { token });
  const bar = (page: Page, text: string | RegExp) =>
    page.getByRole('main').getByRole('paragraph').and(page.locator(':not([role=status])')).filter({ hasText: text });
  await bar(mine.page, /^Your limit is 1 run under way: it is the next\. Wait until one has ended/).waitFor();
  const waiting = await visit(browser, narrow.origin, `/runs/${theirs}`, { token: other });
  await bar(waiting.page, /^It waits for a free slot: none of yours waits before this one/).waitFor();
  await waiting.close();

  held.release();
  await bar(mine.page, /^Stage 1 .*503.*tried again at .*\. Wait: it is tried again by itself/).waitFor();
  await status(mine.page).getByText('Stage 1 is tried again in').waitFor();
  fails = false;
  await bar(mine.page, 'Stage 1 waits for your decision.').waitFor();
  expect(await bar(mine.page, /tried again|limit/).count()).toBe(0);
  expect([...mine.complaints, ...waiting.complaints]).toEqual([]);
  await mine.close();
});

test('a refusal is explained where it arose', async () => {
  const token = server.token();
  const steps = stepped(1);
  server.provider.answer = () => ({ words: ['one', ' two'], pace: steps.pace });
  const workflow = await server.workflow(token, { name: 'Late', stages: [stage('A', 'A.')] });
  const run = await server.run(token, workflow);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await page.getByText('one').waitFor();
  // The run ends while the question is on its way.
  await page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('PauseRun')) {
      steps.allow(9);
      await server.reached(token, run, 'COMPLETED');
    }
    await route.continue();
  });
  await button(page, 'Pause').click();
  await page.getByRole('alert').getByText('Not paused.').waitFor();
  await page
    .getByRole('alert')
    .getByText(/ended|completed/i)
    .waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a run is repeated from a stage with other inputs, pinned or as the workflow is now', async () => {
  const token = server.token();
  server.provider.answer = (call) => ({ words: [`said: ${prompt(call)}`] });
  const workflow = await server.workflow(token, {
    name: 'Again',
    stages: [stage('First', 'First {{topic}}.'), stage('Second', 'Second {{topic}}.')],
  });
  const run = await server.run(token, workflow, { topic: 'tea', count: 3 });
  await server.reached(token, run, 'COMPLETED');
  const inside = 'query ($id: ID!) { workflow(id: $id) { stages { id } } }';
  const found = await server.data<{ workflow: { stages: { id: string }[] } }>(token, inside, { id: workflow });
  const change = 'mutation ($input: UpdateStageInput!) { updateStage(input: $input) { id } }';
  const input = { id: found.workflow.stages[1]?.id, promptTemplate: 'Instead {{topic}}.' };
  await server.data(token, change, { input });
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const dialog = page.getByRole('dialog');
  const version = dialog.getByLabel('With the workflow');
  const idShown = () => new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const ask = async () => {
    await status(page).getByText('Completed').waitFor();
    await button(page, 'Rerun from…').click();
    expect(await version.locator('option:checked').textContent()).toBe('As it was in this run, version 1');
    await dialog.getByLabel('Begin').selectOption('2');
  };
  const begin = async (said: string) => {
    await dialog.getByRole('button', { name: 'Rerun' }).click();
    await page.getByText('repeats an earlier run').waitFor();
    await page.waitForURL((url) => !url.href.includes(run));
    await scene(page, 'Second').getByText(`said: ${said}`, { exact: true }).waitFor();
    // What the page shows is what was sent.
    expect((await answers(token, idShown())).logs.map(({ promptSent }) => promptSent)).toEqual([said]);
  };

  await ask();
  await begin('Second tea.');
  await page.getByText('version 1, pinned').waitFor();
  await page.getByText('repeats an earlier run').click();
  await page.waitForURL(`**/runs/${run}`);

  await ask();
  expect(await dialog.getByText('No stage from there on has read it').count()).toBe(1);
  await version.selectOption('latest');
  await dialog.getByLabel('topic').fill('coffee');
  await dialog.getByLabel('count').fill('3,');
  await dialog.getByText('This was JSON, and is none now').waitFor();
  await dialog.getByLabel('count').fill('4');
  await begin('Instead coffee.');
  await page.getByText('version 2, pinned').waitFor();
  const again = idShown();
  const taken = page.getByRole('navigation', { name: 'Stages' }).getByRole('link', { name: /^taken over/ });
  expect(await taken.count()).toBe(1);
  await taken.click();
  await page.waitForURL(new RegExp(run));
  await page.goto(`${server.origin}/compare?left=${run}&right=${again}`);
  await signIn(page, token);
  await page.getByText('Taken over from the run that it repeats.').waitFor();
  await page.getByText('Both answered the same.').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a run that has failed says by which pattern, and is repeated with what was mended since', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['twelve'] });
  const workflow = await server.workflow(token, {
    name: 'Strict',
    stages: [stage('Count', 'Count.', mustSay('[0-9]{2}', 0))],
  });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'FAILED');
  const rename = 'mutation ($id: ID!) { updateWorkflow(input: { id: $id, name: "Strict, mended" }) { id } }';
  await server.data(token, rename, { id: workflow });
  const { logs } = await answers(token, run);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}?log=${logs[0]?.id}`, { token });
  const margin = page.getByRole('complementary', { name: 'The chosen answer' });
  await margin.getByText('The pattern: [0-9]{2}').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find a workflow' }).fill('rerun');
  await page.getByRole('option', { name: 'Rerun from a stage' }).waitFor();
  await page.keyboard.press('Enter');
  const version = page.getByRole('dialog').getByLabel('With the workflow').locator('option:checked');
  expect(await version.textContent()).toBe('As it is now, version 2, changed since this run');
  expect(complaints).toEqual([]);
  await close();
});

test('a run is deleted after a word', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['done'] });
  const workflow = await server.workflow(token, { name: 'Gone', stages: [stage('A', 'A.')] });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await button(page, 'Delete').click();
  await page.getByRole('dialog').getByText('This cannot be undone.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
  await page.waitForURL('**/runs');
  await page.goBack();
  await page.getByText('There is no such run.').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a run that was deleted elsewhere is gone when it is looked at again', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['done'] });
  const workflow = await server.workflow(token, { name: 'Gone', stages: [stage('A', 'A.')] });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await expect.poll(() => said(page, 'A')).toBe('done');
  const looked = page.waitForResponse((answer) => answer.request().postData()?.includes('query RunThere') ?? false);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await looked;
  expect(await said(page, 'A')).toBe('done');
  await server.data(token, 'mutation ($id: ID!) { deleteExecution(id: $id) }', { id: run });
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByText('There is no such run.').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a decision is asked for, linked to its letter, and told with its notes and its edits', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['Hummus causes harm to everybody.'] });
  const workflow = await server.workflow(token, {
    name: 'Legal',
    stages: [stage('Legal reading', 'Write.', { validationType: 'MANUAL' }), stage('Send', 'Send {{stage_1.raw}}')],
  });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'PAUSED');
  const [log] = (await answers(token, run)).logs;
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await status(page).getByText('Waits for you').waitFor();
  await expect.poll(() => said(page, 'Legal reading')).toBe('Hummus causes harm to everybody.');
  const letter = page.getByRole('link', { name: 'Read and decide' }).first();
  expect(await letter.getAttribute('href')).toBe(`/inbox/${log?.id}`);
  await server.data(
    token,
    'mutation ($input: RecordManualValidationInput!) { recordManualValidation(input: $input) { id } }',
    {
      input: { logId: log?.id, result: 'PASS', notes: 'The lab says “may”.', editedOutput: 'Hummus may cause harm.' },
    },
  );
  await status(page).getByText('Completed').waitFor();
  await page.getByText('You passed it after').waitFor();
  await page.getByText('The lab says “may”.').first().waitFor();
  expect(await said(page, 'Legal reading')).toBe('Hummus may cause harm.');
  await page.getByRole('button', { name: 'Show the marks' }).click();
  await scene(page, 'Legal reading').locator('del', { hasText: 'everybody' }).waitFor();
  await page.getByRole('navigation', { name: 'Stages' }).getByRole('button', { name: /Send/ }).click();
  await page.getByText('stage 1, as edited by a person').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a failed run says at which stage, after how many tries and why', async () => {
  const token = server.token();
  server.provider.answer = () => ({ words: ['Gerne! Hier ist es.'] });
  const workflow = await server.workflow(token, {
    name: 'Failing',
    stages: [stage('Read', 'Read.', mustSay('^\\{', 1))],
  });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'FAILED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token, ...PHONE });
  await page.getByText('Stage 1 failed after 2 tries.').first().waitFor();
  await button(page, 'Read the answer').click();
  await page
    .getByRole('complementary', { name: 'The chosen answer' })
    .getByText('Gerne! Hier ist es.', { exact: true })
    .waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  expect(complaints).toEqual([]);
  await close();
});

test('on a phone a run opens at its head, and the number of a long title stands at its first line', async () => {
  const token = server.token();
  const words = Array.from({ length: 60 }, (_, index) => `Paragraph ${index} of many. \n\n`);
  const steps = stepped(90);
  server.provider.answer = () => ({ words, pace: steps.pace });
  const long = 'Fogyasztóvédelmi megfelelőség ellenőrzése és jóváhagyása';
  const workflow = await server.workflow(token, {
    name: 'On a phone',
    stages: [stage(long, 'Write.'), stage('Next', 'Write.')],
  });
  const runs: string[] = [];
  for (let one = 0; one < 12; one += 1) runs.push(await server.run(token, workflow));
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token, ...PHONE });
  const row = page.locator(`[data-run="${runs[0]}"]`);
  await page.locator('[data-run]').first().waitFor();
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await page.waitForFunction(() => window.scrollY > 0);
  await row.tap();
  await scene(page, long).waitFor();
  steps.allow(20);
  const tops = await scene(page, long).evaluate((article) => {
    const number = article.firstElementChild as Element;
    const title = document.createRange();
    title.selectNodeContents(article.querySelector('h2 button') as Element);
    const [line, second] = title.getClientRects();
    return { number: number.getBoundingClientRect().bottom, line: line?.bottom ?? 0, second: second?.bottom ?? 0 };
  });
  expect(tops.second).toBeGreaterThan(tops.line);
  expect(Math.abs(tops.number - tops.line)).toBeLessThan(Math.abs(tops.number - tops.second));
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  steps.allow(9999);
  expect(complaints).toEqual([]);
  await close();
});

test('a loop has a scene for each visit', async () => {
  const token = server.token();
  let calls = 0;
  server.provider.answer = (call) => {
    // Runs of the tests before may still ask.
    if (!prompt(call).startsWith('Judge.')) return { words: ['a draft'] };
    calls += 1;
    return { words: [calls === 1 ? 'No.' : 'All is well.'] };
  };
  const workflow = await server.workflow(token, {
    name: 'Loop',
    stages: [stage('Draft', 'Draft.'), stage('Critic', 'Judge.', { ...mustSay('well', 0), nextStageOnFail: 1 })],
  });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await page.getByRole('heading', { name: 'Draft, 2nd visit' }).waitFor();
  await page.getByText('It goes back to stage 1.').waitFor();
  const stages = page.getByRole('navigation', { name: 'Stages' });
  await stages.getByText('2 visits').first().waitFor();
  await stages.getByRole('button', { name: '2nd visit' }).first().waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a stage with 1,000 items shows counts and what failed, not 1,000 rows', async () => {
  const token = server.token();
  server.provider.answer = (call) => ({ words: [prompt(call).includes('item 7.') ? 'No.' : 'fine'] });
  const items = Array.from({ length: 1000 }, (_, index) => `item ${index}.`);
  const workflow = await server.workflow(token, {
    name: 'Items',
    stages: [
      stage('Each', 'Say {{item}}', {
        ...mustSay('fine', 0),
        forEach: { in: 'inputs.items', concurrency: 8, onItemFail: 'skip' },
      }),
    ],
  });
  const run = await server.run(token, workflow, { items });
  await server.reached(token, run, 'COMPLETED', 'FAILED');
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const stages = page.getByRole('navigation', { name: 'Stages' });
  await stages.getByRole('button', { name: 'Item 8, refused' }).waitFor();
  await stages.getByText(/ of 1,000 items passed/).waitFor();
  expect(await page.locator('main *').count()).toBeLessThan(4000);
  await button(page, 'All items').click();
  await scene(page, 'Each').getByRole('button', { name: 'Item 2, passed' }).click();
  await page.getByRole('complementary', { name: 'The chosen answer' }).getByText('item 1.').first().waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('of forty long answers only those near the eye are read', async () => {
  const token = server.token();
  const paragraph = `${'Words upon words. '.repeat(60)}\n\n`;
  server.provider.answer = () => ({ words: [paragraph, paragraph, paragraph] });
  const workflow = await server.workflow(token, {
    name: 'Forty',
    stages: Array.from({ length: 40 }, (_, index) => stage(`Part ${index + 1}`, 'Write.')),
  });
  const run = await server.run(token, workflow);
  await server.reached(token, run, 'COMPLETED');
  const { page, complaints, close } = await visit(browser, server.origin, '/runs', { token });
  let asked = 0;
  page.on('request', (request) => {
    if (request.postData()?.includes('query Answer')) asked += 1;
  });
  await page.goto(`${server.origin}/runs/${run}`);
  await page.getByLabel('Access token').fill(token);
  await button(page, 'Sign in').click();
  await expect.poll(() => said(page, 'Part 40')).toBe(paragraph.repeat(3));
  expect(asked).toBeLessThan(15);
  const first = page.getByRole('navigation', { name: 'Stages' }).getByRole('button', { name: /Part 1 / });
  await first.click();
  await expect.poll(() => scene(page, 'Part 1').first().locator('[data-text]').textContent()).toBe(paragraph.repeat(3));
  expect(complaints).toEqual([]);
  await close();
});

test('while a run speaks React commits once a frame: words, seconds, verdicts, retries, the next stage, the end', async () => {
  const token = server.token();
  const { pace: begun, release: begin } = gate(0);
  let checks = 0;
  server.provider.answer = (call) => {
    const isCheck = prompt(call).startsWith('Check');
    if (isCheck) checks += 1;
    const last = isCheck && checks > 1 ? 'All is well.' : 'So far.';
    const words = [...Array.from({ length: 40 }, (_, index) => `Word ${index} of many. `), last];
    return { words, pace: () => begun().then(() => new Promise((pass) => setTimeout(pass, 50))) };
  };
  const workflow = await server.workflow(token, {
    name: 'Once a frame',
    stages: CHECKED,
  });
  const run = await server.run(token, workflow);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token, before: hearReact });
  await status(page).getByText('Stage 1 of 3 is writing').waitFor();
  begin();
  await page.getByText('Word 5 of').waitFor();
  await countCommits(page);
  await status(page).getByText('3 stages, 4 answers').waitFor();
  const commits = await commitsByFrame(page);
  // No second one is needed: the one list here that measures its rows, that of all items, is not open.
  expect(Math.max(...commits)).toBe(1);
  expect(commits.filter((count) => count === 1).length).toBeGreaterThan(50);
  expect(complaints).toEqual([]);
  await close();
});

test('the page of a run that has ended does nothing of itself: no request, no message, no timer, no frame', async () => {
  const token = server.token();
  const steps = stepped(1);
  server.provider.answer = () => ({ words: ['So far.', ' The end.'], pace: steps.pace });
  const workflow = await server.workflow(token, { name: 'Idle', stages: [stage('Once', 'Say it.')] });
  const run = await server.run(token, workflow);
  let asked: string[] = [];
  const before = async (page: Page) => {
    page.on('request', (request) => asked.push(`a request to ${request.url()}`));
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => asked.push(`a message: ${String(payload).slice(0, 80)}`)),
    );
    // The page's clock is the test's: a minute of it is over at once.
    await page.clock.install();
    await hearReact(page);
    await page.addInitScript(() => {
      const work = { timers: 0, frames: 0 };
      const counted =
        (kind: keyof typeof work, act: unknown) =>
        (...words: unknown[]) => {
          work[kind] += 1;
          if (typeof act === 'function') act(...words);
        };
      const { setTimeout, setInterval, requestAnimationFrame } = window;
      Object.assign(window, {
        work,
        setTimeout: (act: TimerHandler, ...rest: unknown[]) => setTimeout(counted('timers', act), ...(rest as [])),
        setInterval: (act: TimerHandler, ...rest: unknown[]) => setInterval(counted('timers', act), ...(rest as [])),
        requestAnimationFrame: (act: FrameRequestCallback) => requestAnimationFrame(counted('frames', act)),
      });
    });
  };
  const read = (page: Page) =>
    page.evaluate(() => ({
      ...(window as unknown as { work: { timers: number; frames: number } }).work,
      commits: window.seen?.commits ?? 0,
      animations: document.getAnimations().filter(({ playState }) => playState === 'running').length,
    }));
  /** What is done in ten seconds, once what was on its way has come. The connection alone is asked after every half minute. */
  const idly = async (page: Page) => {
    await page.waitForLoadState('networkidle');
    await page.clock.runFor(2_000);
    asked = [];
    const start = await read(page);
    await page.clock.runFor(10_000);
    const end = await read(page);
    const [timers, frames, commits] = (['timers', 'frames', 'commits'] as const).map((kind) => end[kind] - start[kind]);
    return { asked, timers, frames, commits, animations: end.animations };
  };
  const open = () => visit(browser, server.origin, `/runs/${run}`, { token, before });

  // While it goes on, its seconds tick: all of this is seen where it is done.
  const live = await open();
  await live.page.getByText('So far.').waitFor();
  const done = await idly(live.page);
  for (const kind of ['timers', 'frames', 'commits', 'animations'] as const)
    expect(done[kind], kind).toBeGreaterThan(0);
  await live.close();
  steps.allow(9);
  await server.reached(token, run, 'COMPLETED');

  const { page, complaints, close } = await open();
  await status(page).getByText('Completed').waitFor();
  await page.getByText('What its last stage brought').waitFor();
  // What observers see of the page comes by no clock, on a busy machine late.
  const isStill = async () => {
    const before = await read(page);
    await page.clock.runFor(2_000);
    return JSON.stringify(await read(page)) === JSON.stringify(before);
  };
  await expect.poll(isStill).toBe(true);
  expect(await idly(page)).toEqual({ asked: [], timers: 0, frames: 0, commits: 0, animations: 0 });
  expect(complaints).toEqual([]);
  await close();
});

test('of a text that grows only the end is drawn anew, at most once a frame, and nothing beside it but the seconds', async () => {
  const token = server.token();
  const words = Array.from({ length: 200 }, (_, index) => `Word ${index} of a sentence that goes on. `);
  const pace = () => new Promise<void>((pass) => setTimeout(pass, 50));
  server.provider.answer = () => ({ words, pace });
  const workflow = await server.workflow(token, { name: 'Steady', stages: [stage('Steady', 'Write.')] });
  const run = await server.run(token, workflow);
  const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  await page.getByText('Word 5 of').waitFor();
  await page.evaluate(() => {
    const seen = { drawn: 0, frames: 0, beside: 0 };
    (window as unknown as { seen: typeof seen }).seen = seen;
    const text = document.querySelector('[data-text]');
    new MutationObserver((records) => {
      const isEnd = ({ target }: MutationRecord) => text?.lastElementChild?.contains(target) ?? false;
      if (records.some(isEnd)) seen.drawn += 1;
      seen.beside += records.filter((record) => !isEnd(record)).length;
    }).observe(document.querySelector('article') as Element, { subtree: true, childList: true, characterData: true });
    const frame = () => {
      seen.frames += 1;
      requestAnimationFrame(frame);
    };
    frame();
  });
  await page.getByText('Word 190 of').waitFor();
  const seen = await page.evaluate(() => (window as unknown as { seen: Record<string, number> }).seen);
  expect(seen.drawn).toBeGreaterThan(20);
  expect(seen.drawn).toBeLessThanOrEqual(seen.frames ?? 0);
  // A piece that is closed.
  expect(seen.beside).toBeLessThan(20);
  await status(page).getByText('Completed').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a run is accessible in both themes, and nothing sticks out on a phone', async () => {
  const token = server.token();
  let calls = 0;
  server.provider.answer = (call) => {
    calls += 1;
    return { words: [prompt(call).startsWith('Judge') && calls < 3 ? 'No.' : 'إشعار سحب: well.'] };
  };
  const workflow = await server.workflow(token, {
    name: 'Magyar fordítás és a fogyasztóvédelmi megfelelőség ellenőrzése',
    stages: [
      stage('Judge', 'Judge {{topic}}', mustSay('well')),
      stage('Legal', 'Write {{stage_1.raw}}', { validationType: 'MANUAL' }),
      stage('A stage with quite a long name that has to wrap somewhere', 'Write.'),
    ],
  });
  const run = await server.run(token, workflow, { topic: 'x'.repeat(300) });
  await server.reached(token, run, 'PAUSED');
  const [log] = (await answers(token, run)).logs;
  for (const options of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { ...PHONE, colorScheme: 'dark' },
  ] as const) {
    const { page, complaints, close } = await visit(browser, server.origin, `/runs/${run}?log=${log?.id}`, {
      token,
      ...options,
    });
    await page.getByRole('complementary', { name: 'The chosen answer' }).getByText('Prompt').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  }
});
