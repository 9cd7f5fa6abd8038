// GraphiQL of `footlight dev` in Chromium: the sample workflow from its tabs, as their comments say.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { startDev } from './support/server.mjs';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever is on another host cannot be had.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

let server;
let browser;
before(async () => {
  server = await startDev();
  browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The page, with the address of all that it asks for and every complaint of the browser. */
async function open() {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const asked = [];
  const complaints = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  const response = await page.goto(server.url);
  return { page, asked, complaints, policy: response.headers()['content-security-policy'] };
}

/** Goes to the tab that begins with this operation. */
async function choose(page, name) {
  await page.getByRole('tab', { name }).click();
  // GraphiQL reads a tab's operations a moment after it shows them.
  await page.waitForFunction((name) => {
    const { operations = [] } = document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror;
    return operations[0]?.name.value === name;
  }, name);
}

const execute = (page) => page.getByRole('button', { name: /^Execute query/ }).click();

/** Runs the one of a tab's operations that has this name. */
async function executeOne(page, name) {
  await execute(page);
  await page.getByRole('menuitem', { name }).click();
}

/** The variables of the tab, some of them replaced by typing. */
async function fillIn(page, changes) {
  const editor = page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden)');
  const text = await editor.locator('.CodeMirror').evaluate(({ CodeMirror }) => CodeMirror.getValue());
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(JSON.stringify({ ...JSON.parse(text), ...changes }));
}

/** The answer, once it is whole JSON with these words in it. */
async function answer(page, words) {
  const shown = await page.waitForFunction((words) => {
    const text = document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue() ?? '';
    return text.includes(words) && text.endsWith('}') && text;
  }, words);
  return JSON.parse(await shown.jsonValue());
}

/** What a watcher has been shown so far, oldest first. */
const shownTo = ({ data, earlier = [] }) => [data.executionEvents, ...earlier].toReversed();

test('the sample workflow is started, watched live, approved, and completes', async () => {
  const { page, asked, complaints } = await open();

  await choose(page, 'StartExecution');
  await execute(page);
  const { data: started } = await answer(page, 'startExecution');
  assert.equal(started.startExecution.workflow.name, 'From article to newsletter');

  await choose(page, 'WatchExecution');
  await fillIn(page, { executionId: started.startExecution.id });
  await execute(page);
  await answer(page, 'StageOutputDelta');
  const waiting = shownTo(await answer(page, '"status": "PAUSED"'));
  const { log } = waiting.find(({ __typename }) => __typename === 'ManualValidationRequested');

  await choose(page, 'WaitingForMe');
  await executeOne(page, 'WaitingForMe');
  const { data: listed } = await answer(page, 'pendingValidations');
  assert.deepEqual(listed.pendingValidations.nodes.map(({ id }) => id), [log.id]);
  await fillIn(page, { logId: log.id });
  await executeOne(page, 'Decide');
  const { data: decided } = await answer(page, 'recordManualValidation');
  assert.equal(decided.recordManualValidation.validationResult, 'PASS');

  await choose(page, 'WatchExecution');
  await execute(page);
  const seen = shownTo(await answer(page, '"status": "COMPLETED"'));
  const numbers = seen.filter(({ text }) => text === undefined).map(({ seq }) => seq);
  assert.deepEqual(numbers, numbers.map((_, index) => index + 1));

  const hosts = new Set(asked.map((url) => new URL(url)).filter(isFetched).map(({ host }) => host));
  assert.deepEqual([...hosts], [new URL(server.url).host]);
  assert.ok(asked.some((url) => url.startsWith('ws://')), 'the run was watched over a websocket');
  assert.deepEqual(complaints, []);
  await page.close();
});

/** What the page carries within itself comes from nowhere. */
const isFetched = ({ protocol }) => !['data:', 'blob:'].includes(protocol);

test('the page runs nothing but its own script, and may talk to its own server alone', async () => {
  const { page, policy } = await open();
  const { host } = new URL(server.url);
  assert.deepEqual(Object.fromEntries(policy.split('; ').map(directive)), {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'connect-src': `'self' ws://${host} wss://${host}`,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  });
  // The policy is not only said: the browser holds the page to it.
  const refused = await page.evaluate(async () => {
    const violation = () =>
      new Promise((settle) => document.addEventListener('securitypolicyviolation', settle, { once: true }));
    const inScript = violation();
    document.body.appendChild(document.createElement('script')).textContent = 'window.ran = true';
    const directives = [(await inScript).effectiveDirective];
    const inFetch = violation();
    await fetch('http://127.0.0.1:1/').catch(() => {});
    directives.push((await inFetch).effectiveDirective);
    return { directives, ran: window.ran };
  });
  assert.deepEqual(refused, { directives: ['script-src-elem', 'connect-src'], ran: undefined });
  await page.close();
});

function directive(text) {
  const [name, ...sources] = text.split(' ');
  return [name, sources.join(' ')];
}
