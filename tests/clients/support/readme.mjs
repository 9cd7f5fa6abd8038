// The README's examples in JavaScript, run as they stand there.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const README = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
const ADDRESS = '127.0.0.1:8080';
const AsyncFunction = (async () => {}).constructor;

/**
 * Runs the example that follows `words`, at the server's address, and answers what it calls by the names in `results`.
 * `given` is what it finds around it: the imports, which may be other than those that it names, and its free names.
 */
export async function example(words, server, given, results = []) {
  const [, code] = README.slice(README.indexOf(words)).match(/```js\n(.*?)```/s);
  const body = code.replace(/^import .*$/gm, '').replaceAll(ADDRESS, new URL(server.url).host);
  const run = new AsyncFunction(...Object.keys(given), `${body}\nreturn { ${results.join(', ')} };`);
  return run(...Object.values(given));
}
