import type { Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';
import { gate } from './support/provider.ts';
import { routesWithout } from './support/routes.ts';
import { startServer } from './support/server.ts';

const { server, browser } = await opened();
let token: string;
let places: Place[];

interface Place {
  name: string;
  path: string;
  title: string;
  /** What it says of itself in one polite word, once all of it is there. */
  says: string | null;
}

const ARABIC = 'إشعار سحب: نسحب من الأسواق عبوات «حمّص بالطحينة ٤٠٠ غ»';
const LONG = 'Bescheide in leichter Sprache, Datenschutzfolgenabschätzungsunterlagenübermittlung';

/** One of everything: a run of each state, a letter in the inbox, a snapshot, names that are long or from the right. */
beforeAll(async () => {
  token = server.token({ admin: true });
  const held = gate(1);
  server.provider.answer = ({ messages }) => {
    const prompt = messages.at(-1)?.content ?? '';
    if (prompt.includes('slowly')) return { words: [ARABIC, ' …'], pace: held.pace };
    return { words: prompt.includes('wrong') ? ['no JSON at all'] : ['A notice', ' in two', ' words.'] };
  };
  const quick = await server.workflow(token, {
    name: LONG,
    stages: [
      { name: 'Draft', key: 'draft', promptTemplate: 'write {{topic}}' },
      { name: ARABIC, promptTemplate: 'approve {{draft.text}}', validationType: 'MANUAL' },
    ],
  });
  const failing = await server.workflow(token, {
    name: 'Fails',
    stages: [{ name: LONG, promptTemplate: 'wrong', outputVariables: { title: 'string' }, retryLimit: 1 }],
  });
  const slow = await server.workflow(token, { name: 'Slow', stages: [{ promptTemplate: 'slowly' }] });
  const waiting = await server.run(token, quick, { topic: ARABIC });
  const failed = await server.run(token, failing);
  const live = await server.run(token, slow);
  await Promise.all([
    server.reached(token, waiting, 'PAUSED'),
    server.reached(token, failed, 'FAILED'),
    server.reached(token, live, 'RUNNING'),
  ]);
  const taken = 'mutation ($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }';
  await server.data(token, taken, { input: { workflowId: quick, name: 'Before the new prompt' } });
  const { pendingValidations } = await server.data<{ pendingValidations: { nodes: { id: string }[] } }>(
    token,
    '{ pendingValidations { nodes { id } } }',
  );
  const decide = 'Pass this answer, and the run is completed with it.';
  places = [
    { name: 'workflows', path: '/', title: 'Workflows', says: '3 workflows' },
    { name: 'editor', path: `/workflows/${quick}`, title: LONG, says: '2 stages, no problem found' },
    { name: 'start', path: `/workflows/${quick}/start`, title: 'Start a run', says: 'Version 1 asks for 1 input' },
    {
      name: 'snapshots of a workflow',
      path: `/workflows/${quick}/snapshots`,
      title: 'Snapshots',
      says: '1 snapshot is kept of this workflow',
    },
    { name: 'runs', path: '/runs', title: 'Runs', says: '3 runs, newest first' },
    { name: 'snapshots', path: '/snapshots', title: 'Snapshots', says: '1 snapshot is kept, of all workflows' },
    { name: 'a run that waits', path: `/runs/${waiting}`, title: LONG, says: 'Stage 2 of 2 has waited for your' },
    { name: 'a run that failed', path: `/runs/${failed}`, title: 'Fails', says: 'Stage 1 failed after 2 tries' },
    { name: 'a run that speaks', path: `/runs/${live}`, title: 'Slow', says: 'Stage 1 is writing its first answer' },
    { name: 'inbox', path: '/inbox', title: ARABIC, says: decide },
    {
      name: 'compare',
      path: `/compare?left=${waiting}&right=${failed}`,
      title: `${LONG} and Fails`,
      says: '1 input differs',
    },
    { name: 'a letter', path: `/inbox/${pendingValidations.nodes[0]?.id}`, title: ARABIC, says: decide },
    { name: 'models', path: '/models', title: 'Models', says: 'without a configured provider' },
    { name: 'settings', path: '/settings', title: 'Settings', says: 'Signed in as' },
    { name: 'what is no page', path: '/nowhere', title: 'A page that is not there', says: null },
  ];
});

/** What somebody sees who has nothing yet. */
const EMPTY: Place[] = [
  { name: 'no runs', path: '/runs', title: 'Runs', says: 'No runs' },
  { name: 'no letters', path: '/inbox', title: 'Inbox', says: 'All is decided' },
  { name: 'no snapshots', path: '/snapshots', title: 'Snapshots', says: 'None is kept' },
];

/** Whatever is read out by itself when it changes. */
const LIVE = '[role=status], [role=alert], [role=log], [aria-live], output';

test('every route that there is, is among the places that are looked at here', () => {
  expect(routesWithout(places.map(({ path }) => path))).toEqual([]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe has nothing against any route in ${colorScheme}, and each has one word for its status`, async () => {
    const faults: string[] = [];
    const look = async (page: Page, name: string, says: readonly string[]) => {
      for (const fault of await accessibilityFaults(page)) faults.push(`${name}: ${fault}`);
      const said = await page.locator(LIVE).evaluateAll((all) => all.map((one) => one.textContent?.trim() ?? ''));
      const heard = said.filter((text) => text !== '');
      if (heard.length !== says.length) faults.push(`${name} says ${JSON.stringify(heard)}`);
    };
    for (const [own, all] of [
      [token, places],
      [server.token(), EMPTY],
    ] as const) {
      const { page, complaints, close } = await visit(browser, server.origin, '/', { colorScheme });
      await page.getByLabel('Access token').waitFor();
      await look(page, 'sign-in', []);
      await signIn(page, own);
      for (const place of all) {
        await go(page, place);
        await look(page, place.name, place.says === null ? [] : [place.says]);
      }
      expect(complaints).toEqual([]);
      await close();
    }
    expect(faults).toEqual([]);
  });
}

/** A run of two stages, the first of which a person decides on; its page is open, and what it says is heard. */
async function heardRun() {
  const token = server.token();
  const held = [gate(1), gate(1)] as const;
  const { answer } = server.provider;
  let calls = 0;
  server.provider.answer = () => {
    calls += 1;
    return { words: ['one', ' two'], pace: held[calls === 1 ? 0 : 1].pace };
  };
  onTestFinished(() => {
    for (const { release } of held) release();
    server.provider.answer = answer;
  });
  const workflow = await server.workflow(token, {
    name: 'Heard',
    stages: [{ promptTemplate: 'one', validationType: 'MANUAL' }, { promptTemplate: 'two' }],
  });
  const run = await server.run(token, workflow);
  const { page, close } = await visit(browser, server.origin, `/runs/${run}`, { token });
  const status = page.getByRole('main').getByRole('status');
  await status.getByText('Stage 1 of 2 is writing').waitFor();
  await page.evaluate((regions) => {
    const words = (region: Element) => {
      const copy = region.cloneNode(true) as Element;
      for (const hidden of copy.querySelectorAll('[aria-hidden=true]')) hidden.remove();
      return copy.textContent?.trim() ?? '';
    };
    const read = () => new Map([...document.querySelectorAll(regions)].map((region) => [region, words(region)]));
    let known = read();
    const heard: string[] = [];
    new MutationObserver(() => {
      const now = read();
      for (const [region, text] of now) if (text !== '' && text !== known.get(region)) heard.push(text);
      known = now;
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    Object.assign(window, { heard });
  }, LIVE);
  /** What was said since it was asked before, once the page says this, and shows that. */
  const heard = async (says: string, shows: string, happen: () => unknown) => {
    await happen();
    await status.getByText(says).waitFor();
    await page.getByRole('main').getByText(shows).first().waitFor();
    return page.evaluate(async () => {
      for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
      return (window as unknown as { heard: string[] }).heard.splice(0);
    });
  };
  const pass = async () => {
    const query = 'query ($id: ID!) { execution(id: $id) { logs { nodes { id } } } }';
    const { execution } = await server.data<{ execution: { logs: { nodes: object[] } } }>(token, query, { id: run });
    const record = 'mutation ($id: ID!) { recordManualValidation(input: { logId: $id, result: PASS }) { id } }';
    await server.data(token, record, execution.logs.nodes[0]);
  };
  return { held, heard, pass, close };
}

test('that a run waits for a person is said once, by one region of the page', async () => {
  const { held, heard, close } = await heardRun();
  expect(await heard('has waited for your decision', 'Read and decide', held[0].release)).toEqual([
    expect.stringMatching(/^Waits for you/),
  ]);
  await close();
});

test('that a run goes on after a decision is said once, and its end, too', async () => {
  const { held, heard, pass, close } = await heardRun();
  await heard('has waited for your decision', 'Read and decide', held[0].release);
  expect(await heard('is writing', 'writing', pass)).toEqual([
    expect.stringMatching(/^Running Stage 2 of 2 is writing/),
  ]);
  expect(await heard('Completed', 'What its last stage brought', held[1].release)).toEqual([
    expect.stringMatching(/^Completed\. 2 stages/),
  ]);
  await close();
});

for (const width of [390, 320]) {
  test(`a phone of ${width} px scrolls sideways nowhere`, async () => {
    const viewport = { width, height: 844 };
    const { page, complaints, close } = await visit(browser, server.origin, '/', { ...PHONE, viewport, token });
    const wide: string[] = [];
    for (const place of places) {
      // Where there is no room beside it, the inbox is a list without a letter.
      await go(page, place.name === 'inbox' ? { ...place, title: 'Inbox', says: null } : place);
      if (await scrollsSideways(page)) wide.push(place.name);
    }
    expect(wide).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
}

test('each page says what it is to its tab and to the history', async () => {
  const { page, close } = await visit(browser, server.origin, '/', { token });
  const titles: [string, string][] = [
    ['/runs', 'Runs'],
    ['/workflows/none', 'A page that is not there'],
    [places.find(({ name }) => name === 'editor')?.path ?? '', LONG],
    [places.find(({ name }) => name === 'a letter')?.path ?? '', ARABIC],
    ['/', 'Workflows'],
  ];
  for (const [path, title] of titles) {
    await follow(page, path);
    await expect.poll(() => page.title()).toBe(`${title} · Footlight`);
  }
  await close();
});

test('a new page takes the focus to its title', async () => {
  const { page, close } = await visit(browser, server.origin, '/models', { token });
  for (const name of ['Runs', 'Inbox', 'Workflows', 'Models']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('main')?.tagName ?? document.activeElement?.tagName);
    await expect.poll(focused, { timeout: 10_000 }).toBe('MAIN');
  }
  await close();
});

test('the title has the focus, too, where one page soon follows another and its answers are slow', async () => {
  const { page, close } = await visit(browser, server.origin, '/models', { token });
  await page.route('**/graphql', async (route) => {
    await new Promise((wait) => setTimeout(wait, 150));
    await route.continue();
  });
  const hasFocus = (title: string) =>
    expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(title);
  const main = page.getByRole('navigation', { name: 'Main' });
  await main.getByRole('link', { name: 'Runs' }).click();
  // Beside the list there is a link of that name, too: it narrows it.
  await page.getByRole('region', { name: 'Runs, newest first' }).getByRole('link', { name: 'Fails' }).press('Enter');
  await page.getByRole('heading', { name: 'Fails', level: 1 }).waitFor();
  await hasFocus('Fails');
  await main.getByRole('link', { name: 'Workflows' }).click();
  await page.getByRole('link', { name: 'Slow' }).first().click();
  await page.getByRole('heading', { name: 'Slow', level: 1 }).waitFor();
  await hasFocus('Slow');
  await close();
});

test('Back goes to where one was in a list, and a new page to its title', async () => {
  const { page, close } = await visit(browser, server.origin, '/', { token });
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  const row = page.getByRole('main').getByRole('link', { name: 'Slow', exact: true });
  await row.click();
  await page.getByRole('heading', { name: 'Slow', level: 1 }).waitFor();
  await expect.poll(focused).toBe('Slow');
  await page.goBack();
  await row.waitFor();
  await expect.poll(() => row.evaluate((link) => link === document.activeElement)).toBe(true);
  await page.goForward();
  await page.getByRole('heading', { name: 'Slow', level: 1 }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  await close();
});

test('what the server was away for comes by itself once it is back: a page that was not loaded, and what was not read', async () => {
  const away = await startServer();
  const { page, close } = await visit(browser, away.origin, '/models', { token: away.token() });
  const main = page.getByRole('navigation', { name: 'Main' });
  await page.getByText('GPT-4.1').first().waitFor();
  await away.kill();
  await main.getByRole('link', { name: 'Runs' }).click();
  await page.getByText('This page did not come').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await away.start();
  await page
    .getByText('No run is like that.')
    .or(page.getByRole('heading', { name: 'Runs' }))
    .first()
    .waitFor();
  await page.getByText('The connection is lost.', { exact: false }).waitFor({ state: 'hidden' });

  await away.kill();
  await main.getByRole('link', { name: 'Models' }).click();
  await page.getByText('The catalogue could not be read').waitFor();
  await away.start();
  await page.getByText('The catalogue could not be read').waitFor({ state: 'detached' });
  await close();
  await away.stop();
});

/** Goes there as a link does, so that the token that was pasted stays. */
const follow = (page: Page, path: string): Promise<void> =>
  page.evaluate((to) => {
    window.history.pushState({}, '', to);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, path);

/** The same, until all of it is there, and nothing of the page before. */
async function go(page: Page, { path, title, says }: Place): Promise<void> {
  await follow(page, path);
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  if (says !== null) await page.getByRole('main').getByRole('status').getByText(says).waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
}
