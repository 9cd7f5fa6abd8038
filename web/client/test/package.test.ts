// The package as npm packs it, in a project of somebody else's: beside its peers, and with nothing of this workspace.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as client from '../src/index.ts';
import * as react from '../src/react/index.ts';

const run = promisify(execFile);
const here = import.meta.dirname;
const modules = join(here, '../../node_modules');

/** Peers, and what the README's code imports beside them. */
const BESIDE = [
  '@apollo/client',
  '@graphql-codegen/cli',
  '@graphql-typed-document-node/core',
  '@supabase/auth-js',
  '@types/react',
  '@types/react-dom',
  'graphql',
  'graphql-ws',
  'react',
  'react-dom',
  'rxjs',
  'ws',
];

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'footlight-client-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: join(here, '..') });
  // What the build says comes before.
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  const packed = join(project, 'node_modules/@footlight/client');
  await mkdir(packed, { recursive: true });
  await run('tar', ['-xzf', join(project, filename), '-C', packed, '--strip-components', '1']);
  for (const name of BESIDE) {
    const place = join(project, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(modules, name), place);
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }');
}, 120_000);
afterAll(() => rm(project, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFile(join(project, name), text);

test('Node imports all that it exports, and makes a client with the websocket that it is given', async () => {
  await write(
    'run.js',
    `import * as client from '@footlight/client';
    import * as react from '@footlight/client/react';
    import { WebSocket } from 'ws';
    const url = 'http://127.0.0.1:9/graphql';
    const footlight = client.createFootlight({ url, getToken: () => null, webSocketImpl: WebSocket });
    const state = footlight.connection.current();
    footlight.close();
    console.log(JSON.stringify([Object.keys(client), Object.keys(react), state]));`,
  );
  const { stdout } = await run(process.execPath, ['run.js'], { cwd: project });
  const [main, hooks, state] = JSON.parse(stdout);
  expect(main.toSorted()).toEqual(Object.keys(client).toSorted());
  expect(hooks.toSorted()).toEqual(Object.keys(react).toSorted());
  expect(state).toBe('idle');
});

/** What the README takes as given. Of Supabase's package that is the part that it hands through. */
const GIVEN = `
  declare const url: string;
  declare const token: string;
  declare const anonKey: string;
  declare const id: string;
  declare const root: HTMLElement;
  declare const client: import('@apollo/client').ApolloClient;
  declare const mutation: { error?: import('@apollo/client').ErrorLike };
  declare module '@supabase/supabase-js' {
    import { AuthClient } from '@supabase/auth-js';
    export function createClient(
      url: string,
      key: string,
      options: { auth: Pick<ConstructorParameters<typeof AuthClient>[0], 'throwOnError'> },
    ): { auth: InstanceType<typeof AuthClient> };
  }
`;

/** Takes every value, and some of the types. */
const USES_ALL = `
  import * as client from '@footlight/client';
  import * as react from '@footlight/client/react';
  const run: client.RunState = client.foldRunEvents(client.initialRun('run'), [] satisfies client.RunEvent[]);
  const time: client.RunTime = client.timeOf(run, 0);
  const inbox: () => react.Inbox = react.useInbox;
  const watched: react.WatchedRun['run'] = run;
  // @ts-expect-error: what is not there is no any.
  client.nothing;
  export const all = { ...client, ...react, time, inbox, watched };
`;

test.each(['bundler', 'nodenext'])('strict TypeScript takes it, and all code of the README, with %s', async (how) => {
  const readme = await readFile(join(here, '../README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```(tsx?)\n(.*?)^```$/gms)];
  expect(blocks.length).toBeGreaterThan(4);
  await write('given.d.ts', GIVEN);
  await write('all.ts', USES_ALL);
  const files = blocks.map(([, kind], index) => `readme${index + 1}.${kind}`);
  for (const [index, [, , code]] of blocks.entries()) await write(files[index] as string, `${code}`);
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: how === 'bundler' ? 'esnext' : how,
    moduleResolution: how,
    jsx: 'react-jsx',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
  };
  await write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['given.d.ts', 'all.ts', ...files] }));
  const found = await run(join(modules, '.bin/tsc'), ['--project', '.'], { cwd: project }).then(
    () => '',
    (failed: { stdout?: string }) => {
      // It may not have run at all.
      if (!failed.stdout) throw failed;
      return failed.stdout;
    },
  );
  // The types of other packages lie elsewhere, and are their own business.
  expect(found.split('\n').filter((line) => line.includes('error TS') && !line.startsWith('..'))).toEqual([]);
});
