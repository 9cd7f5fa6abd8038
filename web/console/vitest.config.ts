import react from '@vitejs/plugin-react';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// `JSON.rawJSON`, which browsers have, Node 20 has behind a flag that newer ones do not know.
const execArgv = 'rawJSON' in JSON ? [] : ['--harmony-json-parse-with-source'];

// A page of its own for each file costs more than most tests: only components get one.
export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['footlight-source', ...defaultClientConditions] },
  test: {
    execArgv,
    projects: [
      // A page's code is compiled in its first test.
      {
        extends: true,
        test: { name: 'pages', environment: 'jsdom', include: ['src/**/*.test.tsx'], testTimeout: 30_000 },
      },
      { extends: true, test: { name: 'plain', environment: 'node', include: ['src/**/*.test.ts'] } },
    ],
  },
});
