import type { Browser } from 'playwright-core';
import { afterAll } from 'vitest';
import { startBrowser } from './browser.ts';
import { type Server, startServer } from './server.ts';

/** A server and a browser of a file's own, which stop after its last test; settings of the server as environment variables. */
export async function opened(variables?: Record<string, string>): Promise<{ server: Server; browser: Browser }> {
  const [server, browser] = await Promise.all([startServer(variables), startBrowser()]);
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  return { server, browser };
}
