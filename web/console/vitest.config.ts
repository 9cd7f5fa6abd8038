import react from '@vitejs/plugin-react';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// A page of its own for each file costs more than most tests: only components get one.
export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['footlight-source', ...defaultClientConditions] },
  test: {
    projects: [
      { extends: true, test: { name: 'pages', environment: 'jsdom', include: ['src/**/*.test.tsx'] } },
      { extends: true, test: { name: 'plain', environment: 'node', include: ['src/**/*.test.ts'] } },
    ],
  },
});
