// Python's gql, over each of its transports; what it does stands in gql/client.py.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { interrupted } from './support/interruption.mjs';
import { EVENTS, assertWhole } from './support/run.mjs';
import { startServer } from './support/server.mjs';

const FOLDER = resolve(import.meta.dirname, 'gql');
const PYTHON = process.env.GQL_PYTHON ?? resolve(FOLDER, '.venv/bin/python');

const RENAME = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id fullName } }';
const ME = '{ me { id fullName } }';
const CANCEL = 'mutation ($id: ID!) { cancelExecution(id: $id) { id } }';

let server;
let token;
before(async () => {
  server = await startServer();
  token = server.token();
});
after(() => server.stop());

/** Runs operations by a transport of gql, and answers all that came; each answer goes to `see` when it comes. */
async function run(transport, operations, see = () => {}) {
  const words = [transport, new URL(server.url).host, token, JSON.stringify(operations)];
  const child = spawn(PYTHON, [resolve(FOLDER, 'client.py'), ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close');
  const answers = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    answers.push(JSON.parse(line));
    see(answers.at(-1));
  });
  const [code] = await ended;
  process.off('exit', kill);
  assert.equal(code, 0);
  return answers;
}

// Over HTTP gql subscribes by Apollo's multipart protocol.
for (const transport of ['http', 'socket', 'legacy']) {
  test(`queries, mutations and subscriptions over ${transport}`, async () => {
    const input = { fullName: `Ada over ${transport}` };
    const nothing = { id: crypto.randomUUID() };
    const id = await server.run(token, await server.workflow(token, [{}, {}]));
    const [renamed, read, ...rest] = await run(transport, [
      [RENAME, { input }],
      [ME, {}],
      [EVENTS, { id }],
      [CANCEL, nothing],
      [EVENTS, nothing],
    ]);
    assert.equal(renamed.updateProfile.fullName, input.fullName);
    assert.deepEqual(read.me, renamed.updateProfile);
    const refused = rest.splice(-2).map(({ errors: [error] }) => error.extensions.code);
    assert.deepEqual(refused, ['NOT_FOUND', 'NOT_FOUND']);
    assertWhole(rest.map(({ executionEvents }) => executionEvents));
  });

  test(`a subscription over ${transport} resumes by its cursor after the server was killed`, () =>
    interrupted(server, token, (id, see) =>
      run(transport, [[EVENTS, { id }]], ({ executionEvents }) => see(executionEvents)),
    ));
}
