// The program examples/exchange.mjs, which answers a stage in the place of a person; what its workflow says besides is
// tested in tests/it/examples.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { EVENTS } from './support/run.mjs';
import { startServer } from './support/server.mjs';

const FOLDER = resolve(import.meta.dirname, '../../examples');
const WORKFLOW = JSON.parse(readFileSync(resolve(FOLDER, 'exchange.json'), 'utf8'));
const START = 'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }';
const RUN = 'query ($id: ID!) { execution(id: $id) { logs { nodes { promptSent } } } }';

let server;
let token;
before(async () => {
  server = await startServer();
  token = server.token();
});
after(() => server.stop());

/** The program beside the server. `said` settles with its next line. */
function startProgram() {
  const environment = { PATH: process.env.PATH, FOOTLIGHT_URL: server.url, FOOTLIGHT_TOKEN: token };
  const words = [resolve(FOLDER, 'exchange.mjs')];
  const child = spawn(process.execPath, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const lines = (stream) => createInterface({ input: stream })[Symbol.asyncIterator]();
  const [said, complained] = [lines(child.stdout), lines(child.stderr)];
  return {
    said: async () => JSON.parse((await said.next()).value),
    complained: async () => (await complained.next()).value,
    stop() {
      kill();
      process.off('exit', kill);
    },
  };
}

/** The model's next answers, a call each. */
function answers(...texts) {
  server.provider.words = {
    *[Symbol.iterator]() {
      yield texts.shift();
    },
  };
}

const asks = (from, to) => JSON.stringify({ amount: 240, from, to });

async function start(workflowId) {
  const input = { workflowId, inputs: WORKFLOW.inputs };
  const { startExecution } = await server.data(token, START, { input });
  return startExecution.id;
}

/** Watches a run until it has this status. */
async function until(id, wanted) {
  const client = createClient({
    url: server.socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
  });
  for await (const { data } of client.iterate({ query: EVENTS, variables: { id } })) {
    if (data.executionEvents.status === wanted) break;
  }
  await client.dispose();
}

async function ended(id) {
  await until(id, 'COMPLETED');
  const { execution } = await server.data(token, RUN, { id });
  return execution;
}

test('a program decides what waits for it, what comes to wait, and what waits after a restart', async () => {
  const workflow = await server.workflow(token, WORKFLOW.stages);
  const another = await server.workflow(token, [{ validationType: 'MANUAL' }]);
  answers(asks('EUR', 'DKK'), 'a person decides this', 'That is 1790.40.');
  const waiting = await start(workflow);
  await until(waiting, 'PAUSED');
  const untouched = await start(another);
  await until(untouched, 'PAUSED');

  const program = startProgram();
  const { result, editedOutput } = await program.said();
  assert.equal(result, 'PASS');
  const edited = { amount: 240, from: 'EUR', to: 'DKK', rate: 7.46, converted: 1790.4 };
  assert.deepEqual(JSON.parse(editedOutput), edited);
  const first = await ended(waiting);
  assert.match(first.logs.nodes[1].promptSent, /240 EUR are 1790\.4 DKK, at a rate of 7\.46/);

  // A currency without a rate goes back to the model.
  answers(asks('EUR', 'XYZ'), asks('EUR', 'USD'), 'That is 259.20.');
  const coming = await start(workflow);
  assert.deepEqual([(await program.said()).notes, (await program.said()).result], ['there is no rate for XYZ', 'PASS']);
  const second = await ended(coming);
  assert.match(second.logs.nodes[1].promptSent, /You read .*"XYZ".*, and there is no rate for XYZ/);

  await server.kill();
  assert.match(await program.complained(), /trying again/);
  await server.start();
  answers(asks('USD', 'EUR'), 'That is 222.22.');
  const later = await start(workflow);
  assert.equal((await program.said()).result, 'PASS');
  await ended(later);
  program.stop();

  const { pendingValidations } = await server.data(token, '{ pendingValidations { nodes { execution { id } } } }');
  assert.deepEqual(pendingValidations.nodes, [{ execution: { id: untouched } }]);
});
