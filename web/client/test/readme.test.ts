import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const here = import.meta.dirname;
const modules = join(here, '../../node_modules/.bin');

const QUERY = 'query Runs($after: String) { executions(after: $after) { nodes { id status createdAt output } } }';

test('the codegen of the README writes documents with the types of this package', async () => {
  const readme = await readFile(join(here, '../README.md'), 'utf8');
  const [, code] = readme.match(/```ts\n(import type \{ CodegenConfig.*?)```/s) ?? [];
  const config = code?.replace('http://127.0.0.1:8080/schema.graphql', join(here, '../../../schema.graphql'));
  // Beside the modules that it imports.
  const folder = await mkdtemp(join(here, 'codegen-'));
  try {
    await writeFile(join(folder, 'codegen.ts'), config?.replaceAll("'src/", `'${folder}/`) ?? '');
    await writeFile(join(folder, 'Runs.graphql'), QUERY);
    await promisify(execFile)(join(modules, 'graphql-codegen'), ['--config', 'codegen.ts'], { cwd: folder });
    const written = await readFile(join(folder, 'api.generated.ts'), 'utf8');
    expect(written).toMatch(/import type \{ DateTime, JsonValue \} from '@footlight\/client'/);
    expect(written).toMatch(/createdAt: DateTime, output: JsonValue \| null/);
    expect(written).toMatch(/export const RunsDocument = .* as unknown as DocumentNode<RunsQuery, RunsQueryVariables>/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
