// How large the package is in somebody's bundle, without what they have anyway.

import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** In bytes, gzipped. */
const LIMIT = 10_000;

/** Uses all of it. */
const everything = {
  name: 'everything',
  resolveId: (id) => (id === 'everything' ? id : null),
  load: (id) => (id === 'everything' ? `export * from '/src/index.ts'; export * from '/src/react/index.ts';` : null),
};

const { output } = await build({
  configFile: false,
  root: import.meta.dirname,
  logLevel: 'error',
  plugins: [everything],
  build: {
    write: false,
    target: 'es2023',
    modulePreload: false,
    rolldownOptions: {
      input: 'everything',
      preserveEntrySignatures: 'strict',
      external: [/^@apollo\/client/, /^graphql/, /^react/, /^rxjs/],
    },
  },
});

const size = gzipSync(output[0].code).length;
console.log(`@footlight/client: ${size} bytes gzipped`);
if (output.length !== 1 || size > LIMIT) throw new Error(`more than ${LIMIT} bytes`);
if (process.env.SHOW) console.log(output[0].code);
