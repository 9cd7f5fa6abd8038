// What GraphQL says: graphql-js over schema.graphql decides which requests are refused before anything runs, and the
// server does the same, but for what `exception` documents.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { CORPUS } from './documents/corpus.mjs';
import { generate } from './documents/fuzz.mjs';
import { exception, judged, oracle } from './support/oracle.mjs';
import { startServer } from './support/server.mjs';

/** FOOTLIGHT_SEED=… begins elsewhere; the seed of each document stands in what a failure says. */
const SEED = Number(process.env.FOOTLIGHT_SEED ?? 1);
const FUZZED = Number(process.env.FOOTLIGHT_FUZZED ?? 5000);

let server;
let token;
let workflow;
before(async () => {
  server = await startServer({
    RATE_LIMIT_PER_USER: '0',
    RATE_LIMIT_PER_ADDRESS: '0',
    WS_MAX_SOCKETS_PER_USER: '1000',
  });
  token = server.token({ admin: true });
  workflow = await server.workflow(token, [{}]);
});
after(() => server.stop());

/** Subscriptions to status changes hear of this. */
async function stir() {
  await server.run(token, workflow);
  await new Promise((settle) => setTimeout(settle, 100));
}

async function compare(requests) {
  const byOracle = await Promise.all(requests.map(({ request }) => oracle(request)));
  const byServer = await judged(server, token, requests.map(({ request }) => request), stir);
  const [differing, exceptions] = [[], {}];
  let refused = 0;
  for (const [index, { name, request }] of requests.entries()) {
    const [one, other] = [byOracle[index], byServer[index]];
    if (one !== null) refused += 1;
    if ((one === null) === (other === null)) continue;
    const why = exception(request, one, other);
    if (why) exceptions[why] = (exceptions[why] ?? 0) + 1;
    else differing.push({ name, ...request, oracle: one ?? 'runs', server: other?.message ?? 'runs' });
  }
  return { differing, exceptions, refused };
}

async function agree(context, requests) {
  const { differing, exceptions, refused } = await compare(requests);
  const agreeing = requests.length - differing.length;
  context.diagnostic(`${agreeing} of ${requests.length} agree, ${refused} of them refused; exceptions: ${JSON.stringify(exceptions)}`);
  if (process.env.FOOTLIGHT_DIFFERING) writeFileSync(process.env.FOOTLIGHT_DIFFERING, JSON.stringify(differing, null, 1));
  assert.deepEqual(differing.slice(0, 10), [], `${differing.length} differ`);
  return refused;
}

test('a document of every rule', async (context) => {
  const requests = CORPUS.flatMap(([rule, documents]) =>
    documents.map((document) => {
      const [query, variables, operationName] = [document].flat();
      return { name: rule, request: { query, variables, operationName } };
    }),
  );
  assert.ok(requests.length >= 400, `${requests.length} documents`);
  const refused = await agree(context, requests);
  assert.ok(refused > 150 && refused < requests.length - 150, `${refused} are refused`);
});

test('documents that nobody wrote', async (context) => {
  const requests = Array.from({ length: FUZZED }, (_, index) => ({
    name: `seed ${SEED + index}`,
    request: generate(SEED + index),
  }));
  const refused = await agree(context, requests);
  assert.ok(refused > FUZZED / 4 && refused < (FUZZED * 3) / 4, `${refused} are refused`);
});
