import { defineConfig } from 'vitest/config';

// Each file starts a server and a browser of its own; two files at a time, for both are heavy.
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for may take as long on a busy machine as what a locator waits for.
    expect: { poll: { timeout: 30_000 } },
  },
});
