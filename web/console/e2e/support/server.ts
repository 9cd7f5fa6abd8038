// `footlight` in a process of its own, on a fresh SQLite file and a provider of the test; it serves the page that was
// built last.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Provider, startProvider } from './provider.ts';

const BINARY = process.env.FOOTLIGHT_BIN ?? resolve(import.meta.dirname, '../../../../target/debug/footlight');
const DIST = process.env.CONSOLE_DIST ?? resolve(import.meta.dirname, '../../dist');

export interface Server {
  origin: string;
  provider: Provider;
  /** An access token of a user, as Supabase signs them. */
  token(options?: { user?: string; admin?: boolean; seconds?: number; email?: string; issuer?: string }): string;
  /** The data of a document that must succeed. */
  data<Data>(token: string, query: string, variables?: object): Promise<Data>;
  /** The id of a new model of the test's provider. */
  model(name?: string): Promise<string>;
  /** The id of a new workflow; stages take their order from their place, and a model where they name none. */
  workflow(token: string, input: { name: string; stages: object[]; [field: string]: unknown }): Promise<string>;
  /** The id of a run that has started. */
  run(token: string, workflowId: string, inputs?: object): Promise<string>;
  /** Settles when the run is in one of these states. */
  reached(token: string, runId: string, ...statuses: string[]): Promise<void>;
  /** As `kill -9` does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `footlight serve` that believes tokens of its own secret; more settings as environment variables. */
export async function startServer(variables: Record<string, string> = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'footlight-console-'));
  const secret = randomBytes(32).toString('hex');
  const provider = await startProvider();
  const environment = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: `sqlite://${join(folder, 'footlight.db')}`,
    SUPABASE_JWT_SECRET: secret,
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: provider.url,
    RATE_LIMIT_PER_USER: '0',
    RATE_LIMIT_PER_ADDRESS: '0',
    ...variables,
  };
  let child: ChildProcess | null = null;
  let port = 0;
  let modelId: Promise<string> | null = null;

  const server: Server = {
    origin: '',
    provider,
    async start() {
      child = footlight(['serve'], { ...environment, LISTEN: `127.0.0.1:${port}` }, folder);
      port = Number((await said(child, /127\.0\.0\.1:(\d+)/, /serving/))[1]);
      server.origin = `http://127.0.0.1:${port}`;
    },
    async kill() {
      if (!child) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      child = null;
    },
    async stop() {
      await server.kill();
      provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    token({ user = randomUUID(), admin = false, seconds = 3600, email = 'noor@example.org', issuer } = {}) {
      return sign(
        {
          sub: user,
          email,
          aud: 'authenticated',
          role: 'authenticated',
          exp: Math.floor(Date.now() / 1000) + seconds,
          ...(issuer ? { iss: issuer } : {}),
          ...(admin ? { app_metadata: { role: 'admin' } } : {}),
        },
        secret,
      );
    },
    async data<Data>(token: string, query: string, inputs: object = {}) {
      const response = await fetch(`${server.origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables: inputs }),
      });
      const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    async model(name = randomUUID()) {
      const input = { name, provider: 'openai', modelIdentifierForFlowise: name };
      const query = 'mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { id } }';
      const made = await server.data<{ upsertModel: { id: string } }>(server.token({ admin: true }), query, { input });
      return made.upsertModel.id;
    },
    async workflow(token, { stages, ...input }) {
      modelId ??= server.model('scripted');
      const model = await modelId;
      const query = 'mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }';
      const all = stages.map((stage, index) => ({ stageOrder: index + 1, modelId: model, ...stage }));
      const made = await server.data<{ createWorkflow: { id: string } }>(token, query, {
        input: { ...input, stages: all },
      });
      return made.createWorkflow.id;
    },
    async run(token, workflowId, inputs = {}) {
      const query = 'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }';
      const made = await server.data<{ startExecution: { id: string } }>(token, query, {
        input: { workflowId, inputs },
      });
      return made.startExecution.id;
    },
    async reached(token, runId, ...statuses) {
      const deadline = Date.now() + 30_000;
      const query = 'query ($id: ID!) { execution(id: $id) { status } }';
      for (;;) {
        const { execution } = await server.data<{ execution: { status: string } }>(token, query, { id: runId });
        if (statuses.includes(execution.status)) return;
        if (Date.now() > deadline) throw new Error(`the run is ${execution.status}, not ${statuses.join(' or ')}`);
        await new Promise((wait) => setTimeout(wait, 25));
      }
    },
  };
  await server.start();
  return server;
}

/** `footlight dev` with its offline model. */
export async function startDev(): Promise<{ origin: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'footlight-console-'));
  const child = footlight(['dev'], { PATH: process.env.PATH ?? '', LISTEN: '127.0.0.1:0' }, folder);
  const [origin] = await said(child, /http:\/\/127\.0\.0\.1:\d+/);
  return {
    origin,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function footlight(words: string[], env: Record<string, string>, cwd: string): ChildProcess {
  const child = spawn(BINARY, words, { cwd, env: { FOOTLIGHT_CONSOLE_DIR: DIST, ...env } });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

/** What the first pattern finds in the first line that has all of them. */
async function said(child: ChildProcess, ...patterns: [RegExp, ...RegExp[]]): Promise<RegExpMatchArray & [string]> {
  const lines: string[] = [];
  const found = new Promise<RegExpMatchArray>((settle, refuse) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        const [first] = patterns.map((pattern) => line.match(pattern));
        if (first && patterns.every((pattern) => pattern.test(line))) settle(first);
      });
    }
    child.once('exit', (code) => refuse(new Error(`it ended with ${code}:\n${lines.join('\n')}`)));
  });
  return (await found) as RegExpMatchArray & [string];
}

function sign(claims: object, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
