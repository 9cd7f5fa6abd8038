// Validates every starter tab against the schema that the server prints, and its variables against its operations.

import { readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, Kind, parse, validate } from 'graphql';

const root = dirname(fileURLToPath(import.meta.url));
const schemaPath = process.argv[2] ?? join(root, '..', '..', 'schema.graphql');

/** What is wrong with one tab, as sentences. */
async function problems(schema, name) {
  const document = parse(await readFile(join(root, 'tabs', `${name}.graphql`), 'utf8'));
  const variables = JSON.parse(await readFile(join(root, 'tabs', `${name}.json`), 'utf8'));
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const declared = operations.flatMap(({ variableDefinitions }) => variableDefinitions);
  const known = new Set(declared.map(({ variable }) => variable.name.value));
  return [
    ...validate(schema, document).map(({ message }) => message),
    ...operations.filter((operation) => !operation.name).map(() => 'an operation has no name'),
    ...Object.keys(variables)
      .filter((key) => !known.has(key))
      .map((key) => `no operation takes $${key}`),
    ...declared
      .filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue)
      .map(({ variable }) => variable.name.value)
      .filter((key) => !(key in variables))
      .map((key) => `$${key} has no value in the variables`),
  ];
}

if (!existsSync(schemaPath)) {
  console.error(`no ${schemaPath}: the starter tabs were not checked`);
  process.exit(0);
}
const schema = buildSchema(await readFile(schemaPath, 'utf8'));
const names = (await readdir(join(root, 'tabs')))
  .filter((file) => file.endsWith('.graphql'))
  .map((file) => file.slice(0, -'.graphql'.length))
  .sort();
let failed = names.length === 0;
for (const name of names) {
  for (const problem of await problems(schema, name)) {
    console.error(`tabs/${name}: ${problem}`);
    failed = true;
  }
}
if (failed) process.exit(1);
console.log(`${names.length} starter tabs fit the schema`);
