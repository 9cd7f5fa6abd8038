import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { licencesOf, packagesOf } from '../licences.mjs';
import { paths } from './src/paths.ts';

/** The server answers these paths with the page, and any other with 404. */
const routes: Plugin = {
  name: 'routes',
  generateBundle() {
    const source = `${JSON.stringify(Object.values(paths), null, 2)}\n`;
    this.emitFile({ type: 'asset', fileName: 'routes.json', source });
  },
};

/** What the packages in the bundle ask to be passed on. */
const licences: Plugin = {
  name: 'licences',
  async generateBundle(_, bundle) {
    const files = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: await licencesOf(packagesOf(files)) });
  },
};

const server = process.env.FOOTLIGHT ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), routes, licences],
  resolve: { conditions: ['footlight-source', ...defaultClientConditions] },
  build: {
    target: 'es2023',
    // The first that know `light-dark()`. For older ones `:dir()` would become a list of languages, which no text names.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // Both would be inline, which the page's policy refuses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 650,
  },
  server: {
    proxy: {
      '/graphql': { target: server, ws: true },
      '/console': server,
      '/graphiql': server,
      '/schema.graphql': server,
    },
  },
});
