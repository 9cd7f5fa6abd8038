import { defineConfig } from 'vitest/config';

// Each file starts a server and a browser of its own; one after the other, for both are heavy.
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
