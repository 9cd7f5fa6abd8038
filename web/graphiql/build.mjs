// Bundles the page into dist/. The output depends on nothing but the sources and the lock file, so that
// `--check` can rebuild it in memory and compare it with the committed files byte for byte.

import { readFile, readdir, writeFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licencesOf, packagesOf } from '../licences.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');

/** GraphiQL's stylesheet carries its fonts as 900 kB of base64; page.css names the system's fonts instead. */
const withoutFonts = {
  name: 'without-fonts',
  setup(bundle) {
    bundle.onLoad({ filter: /graphiql[/\\]dist[/\\]style\.css$/ }, async ({ path }) => {
      const css = await readFile(path, 'utf8');
      return { contents: css.replace(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' };
    });
  },
};

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { graphiql: 'src/main.jsx' },
    outdir: 'dist',
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    // GraphiQL's packages lie beside the console's React, and two of them in one page know nothing of each other.
    alias: { react: './node_modules/react', 'react-dom': './node_modules/react-dom' },
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    banner: {
      js: '/*! Licences of what is bundled here: graphiql/licences.txt */',
      css: '/*! Licences of what is bundled here: graphiql/licences.txt */',
    },
    plugins: [withoutFonts],
    metafile: true,
    logLevel: 'warning',
  });
  const files = new Map(
    result.outputFiles.map((file) => [file.path.slice(dist.length + 1), Buffer.from(file.contents)]),
  );
  files.set('index.html', await readFile(join(root, 'index.html')));
  const folders = packagesOf(Object.keys(result.metafile.inputs)).map((folder) => join(root, folder));
  files.set('licences.txt', Buffer.from(await licencesOf(folders)));
  return files;
}

async function write(files) {
  await mkdir(dist, { recursive: true });
  for (const [name, contents] of files) {
    await writeFile(join(dist, name), contents);
    console.log(`dist/${name}: ${contents.length} bytes`);
  }
}

async function compare(files) {
  const committed = await readdir(dist);
  const names = new Set([...committed, ...files.keys()]);
  const differing = [];
  for (const name of [...names].sort()) {
    const same = committed.includes(name) && files.get(name)?.equals(await readFile(join(dist, name)));
    if (!same) differing.push(`dist/${name}`);
  }
  if (differing.length > 0) {
    console.error(`not what the sources build: ${differing.join(', ')}; run \`npm run build\` and commit`);
    process.exit(1);
  }
  console.log('dist/ is what the sources build');
}

const files = await bundle();
await (process.argv.includes('--check') ? compare(files) : write(files));
