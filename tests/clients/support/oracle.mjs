// Two judges of a request: graphql-js over schema.graphql, and the server. Each says whether it is refused before
// anything runs.

import { readFileSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import { resolve } from 'node:path';
import { buildSchema, execute, getOperationAST, parse, subscribe, validate } from 'graphql';

const SCHEMA = buildSchema(readFileSync(resolve(import.meta.dirname, '../../../schema.graphql'), 'utf8'));

/** Requests under way at once. */
const AT_ONCE = 24;
/** Subscriptions under way at once: each holds a stream. */
const STREAMS = 100;

export { SCHEMA };

/** What graphql-js does: null when it runs the request, else why it refuses. Where it throws, it refuses. */
export async function oracle(request) {
  try {
    return await verdict(request);
  } catch (error) {
    return error.message;
  }
}

async function verdict({ query, variables, operationName }) {
  const document = parse(query);
  const errors = validate(SCHEMA, document);
  if (errors.length > 0) return errors[0].message;
  const operation = getOperationAST(document, operationName);
  if (!operation) return 'no such operation';
  const run = operation.operation === 'subscription' ? subscribe : execute;
  const result = await run({
    schema: SCHEMA,
    document,
    operationName,
    variableValues: variables,
    fieldResolver: () => null,
    subscribeFieldResolver: () => never(),
  });
  if (result[Symbol.asyncIterator]) return null;
  const isRefused = !result.data && result.errors?.length > 0 && result.errors.every(({ path }) => !path);
  return isRefused ? result.errors[0].message : null;
}

async function* never() {}

/** Is the operation that runs, if there is one, a subscription? Only a guess where the document cannot be read. */
export function subscribes({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return /^[\s,]*("[^"]*"\s*)?subscription/.test(query);
  }
}

/**
 * What the server does with each request: null when it runs it, else the error that refuses it. `stir` makes all
 * subscriptions that wait for news have some.
 */
export async function judged(server, token, requests, stir) {
  const agent = new Agent({ keepAlive: true, maxSockets: STREAMS });
  const ask = (request, accept, read) => {
    const headers = { 'Content-Type': 'application/json', Accept: accept, Authorization: `Bearer ${token}` };
    return new Promise((settle, fail) => {
      const call = send(server.url, { agent, method: 'POST', headers }, (response) => read(response, settle, fail));
      call.once('error', fail);
      call.end(JSON.stringify(request));
    });
  };
  const single = (request) => ask(request, 'application/graphql-response+json', whole);
  const stream = (request) => ask(request, 'text/event-stream', firstEvent);
  const verdicts = new Map();
  const [streams, singles] = parted(requests, subscribes);
  try {
    await each(singles, AT_ONCE, async (request) => verdicts.set(request, await single(request)));
    let stirring = Boolean(streams.length);
    const stirred = (async () => {
      while (stirring) await stir();
    })();
    await each(streams, STREAMS, async (request) => verdicts.set(request, await stream(request)));
    stirring = false;
    await stirred;
  } finally {
    agent.destroy();
  }
  return requests.map((request) => verdicts.get(request));
}

/** A refused request has the status 400 and no data. */
function whole(response, settle, fail) {
  let body = '';
  response.setEncoding('utf8');
  response.on('data', (chunk) => (body += chunk));
  response.once('error', fail);
  response.once('end', () => {
    const { statusCode } = response;
    if (statusCode !== 200 && statusCode !== 400) return fail(new Error(`${statusCode}: ${body}`));
    const answer = JSON.parse(body);
    if ((statusCode === 400) === 'data' in answer) return fail(new Error(`${statusCode}: ${body}`));
    settle(statusCode === 400 ? answer.errors[0] : null);
  });
}

/** Whether the first event is the only one and says that the operation was refused. */
function firstEvent(response, settle, fail) {
  let text = '';
  response.setEncoding('utf8');
  response.once('error', () => {});
  response.once('end', () => fail(new Error(`the stream ended: ${response.statusCode} ${text}`)));
  response.on('data', (chunk) => {
    text += chunk;
    const event = /^event: (\w+)\ndata:(.*)\n\n/m.exec(text);
    if (!event) return;
    response.removeAllListeners('end');
    response.destroy();
    const [error] = (event[1] === 'next' && JSON.parse(event[2]).errors) || [];
    const isOfField = !error || error.path || error.extensions.code === 'NOT_FOUND';
    settle(isOfField ? null : error);
  });
}

function parted(items, belongs) {
  const [those, others] = [[], []];
  for (const item of items) (belongs(item) ? those : others).push(item);
  return [those, others];
}

async function each(items, atOnce, work) {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Whether the two may differ here, and why: what is documented. */
export function exception({ query }, byOracle, byServer) {
  if (byOracle === null && byServer !== null) {
    const { code } = byServer.extensions;
    if (code === 'LIMIT_EXCEEDED') return 'a limit';
    if (/the mutation selects \w+ more than once/.test(byServer.message)) return 'a mutation runs a root field once';
    if (/is an integer that 64 bits do not hold/.test(byServer.message)) return 'JSON keeps the digits of integers up to 64 bits';
    if (/^@\w+ cannot stand at the root of a subscription/.test(byServer.message)) {
      return 'graphql-js 16 evaluates @skip and @include at the root of a subscription';
    }
  }
  return null;
}
