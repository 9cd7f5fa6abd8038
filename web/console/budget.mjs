// How much a browser loads before it shows the first page: `npm run budget`, after a build. Fails over the budget.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, 'dist');
const KILOBYTE = 1000;

const read = (file) => readFileSync(join(dist, 'assets', file), 'utf8');
const zipped = (files) => [...files].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0);

const index = readFileSync(join(dist, 'index.html'), 'utf8');
const entry = index.match(/src="\/assets\/([^"]+\.js)"/)?.[1];
if (!entry) throw new Error('dist/index.html names no script: build first');

/** A script with what it imports before it runs. */
function reached(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name] of read(file).matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
    if (name) reached(name, seen);
  }
  return seen;
}

/** The chunk of this name that the entry loads when it is needed, with all of its own styles. */
function chunk(name) {
  const text = read(entry);
  const file = text.match(new RegExp(`${name}-[\\w-]+\\.js`))?.[0];
  if (!file) throw new Error(`the entry loads no ${name}`);
  const scripts = reached(file);
  const styles = new Set();
  for (const script of scripts) {
    const stem = script.replace(/-[\w-]{8}\.js$/, '');
    for (const [style] of text.matchAll(new RegExp(`${stem}-[\\w-]{8}\\.css`, 'g'))) styles.add(style);
  }
  return { scripts, styles };
}

const first = reached(entry);
const page = chunk('WorkflowsPage');
const styles = new Set([...index.matchAll(/href="\/assets\/([^"]+\.css)"/g)].map(([, file]) => file));
const scripts = new Set([...first, ...page.scripts]);
const measured = [
  { what: 'first load, scripts', bytes: zipped(scripts), most: 200 * KILOBYTE },
  {
    what: 'first load where Supabase signs in, scripts',
    bytes: zipped(new Set([...scripts, ...chunk('supabase').scripts])),
    most: 230 * KILOBYTE,
  },
  { what: 'first load, styles', bytes: zipped(new Set([...styles, ...page.styles])), most: 20 * KILOBYTE },
];
for (const { what, bytes, most } of measured) {
  console.log(`${what}: ${(bytes / KILOBYTE).toFixed(1)} kB of ${most / KILOBYTE} kB gzipped`);
}
if (measured.some(({ bytes, most }) => bytes > most)) process.exit(1);
