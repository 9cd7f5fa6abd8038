// `footlight serve` in a process of its own, on a fresh SQLite file; it is killed with the test.

import { spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startProvider } from './provider.mjs';

const BINARY =
  process.env.FOOTLIGHT_BIN ?? resolve(import.meta.dirname, '../../../target/debug/footlight');

// The runner ends a file that takes too long by SIGTERM; the servers it started go with it.
process.once('SIGTERM', () => process.exit(143));

/** A server with a model provider of its own, that can be killed and started again on the same file and port. */
export async function startServer(variables = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'footlight-clients-'));
  const secret = randomBytes(32).toString('hex');
  const provider = await startProvider();
  const environment = {
    PATH: process.env.PATH,
    DATABASE_URL: `sqlite://${join(folder, 'footlight.db')}`,
    SUPABASE_JWT_SECRET: secret,
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: provider.url,
    ...variables,
  };
  let child = null;
  let port = 0;

  const server = {
    provider,
    get url() {
      return `http://127.0.0.1:${port}/graphql`;
    },
    get socketUrl() {
      return `ws://127.0.0.1:${port}/graphql/ws`;
    },
    /** Serves when this returns; on the port that it had before. */
    async start() {
      child = run(['serve'], { ...environment, LISTEN: `127.0.0.1:${port}` }, folder);
      const line = await said(child, /serving.*127\.0\.0\.1:(\d+)|127\.0\.0\.1:(\d+).*serving/);
      port = Number(line[1] ?? line[2]);
    },
    /** As `kill -9` does. */
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      await server.kill();
      provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    /** An access token of a user, as Supabase signs them. */
    token({ user = randomUUID(), admin = false, seconds = 3600 } = {}) {
      const claims = {
        sub: user,
        aud: 'authenticated',
        role: 'authenticated',
        exp: Math.floor(Date.now() / 1000) + seconds,
        ...(admin ? { app_metadata: { role: 'admin' } } : {}),
      };
      return sign(claims, secret);
    },
    /** The data of a document that must succeed. */
    async data(token, query, variables = {}) {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = await response.json();
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    /** The id of a new workflow with these stages, which call the provider of the test. */
    async workflow(token, stages) {
      const name = randomUUID();
      const { upsertModel } = await server.data(
        server.token({ admin: true }),
        'mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { id } }',
        { input: { name, provider: 'openai', modelIdentifierForFlowise: name } },
      );
      const { createWorkflow } = await server.data(
        token,
        'mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }',
        {
          input: {
            name: 'Under test',
            stages: stages.map((stage, index) => ({
              stageOrder: index + 1,
              promptTemplate: 'say something',
              modelId: upsertModel.id,
              ...stage,
            })),
          },
        },
      );
      return createWorkflow.id;
    },
    /** The id of a run that has started. */
    async run(token, workflowId) {
      const { startExecution } = await server.data(
        token,
        'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }',
        { input: { workflowId } },
      );
      return startExecution.id;
    },
  };
  await server.start();
  return server;
}

/** `footlight dev` with its offline model, and where it has GraphiQL. */
export async function startDev() {
  const folder = mkdtempSync(join(tmpdir(), 'footlight-clients-'));
  const environment = {
    PATH: process.env.PATH,
    DATABASE_URL: `sqlite://${join(folder, 'footlight.db')}`,
    LISTEN: '127.0.0.1:0',
  };
  const child = run(['dev'], environment, folder);
  const [, url] = await said(child, /GraphiQL\s+(http:\S+)/);
  return {
    url,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function run(words, env, cwd) {
  const child = spawn(BINARY, words, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

/** Waits until the process has written a line like this, and reads on so that its pipes never fill. */
function said(child, pattern) {
  const heard = [];
  return new Promise((settle, fail) => {
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        const found = line.match(pattern);
        if (found) settle(found);
        else if (heard.length < 200) heard.push(line);
      });
    }
    child.once('error', fail);
    child.once('exit', () => fail(new Error(`the server ended:\n${heard.join('\n')}`)));
  });
}

function sign(claims, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
