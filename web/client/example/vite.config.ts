import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env.FOOTLIGHT ?? 'http://127.0.0.1:8080';

// The client as it stands in the folder above; outside of this repository none of these conditions is needed.
export default defineConfig({
  resolve: { conditions: ['footlight-source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['footlight-source', ...defaultServerConditions] } },
  server: { proxy: { '/graphql': { target: server, ws: true } } },
  test: { include: ['test/**/*.test.tsx'], environment: 'jsdom', testTimeout: 30_000, hookTimeout: 30_000 },
});
