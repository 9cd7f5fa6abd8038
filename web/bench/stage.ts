// A server with a provider that answers at once, and a page that is signed in to it.

import type { Page } from 'playwright-core';
import { startBrowser, visit } from '../console/e2e/support/browser.ts';
import { hearReact } from '../console/e2e/support/commits.ts';
import { type Server, startServer } from '../console/e2e/support/server.ts';

export interface Stage {
  server: Server;
  token: string;
  /** A page at `path`. */
  open(path: string): Promise<Page>;
}

const UNLIMITED = { RATE_LIMIT_PER_USER: '0', RATE_LIMIT_PER_ADDRESS: '0' };

export async function onStage<Result>(play: (stage: Stage) => Promise<Result>): Promise<Result> {
  const [server, browser] = await Promise.all([startServer(UNLIMITED), startBrowser()]);
  const token = server.token();
  try {
    const open = async (path: string) => (await visit(browser, server.origin, path, { token, before: hearReact })).page;
    return await play({ server, token, open });
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Settles when the run has completed, however long that takes. */
export async function completed({ server, token }: Stage, run: string): Promise<void> {
  const query = 'query ($id: ID!) { execution(id: $id) { status } }';
  for (;;) {
    const { execution } = await server.data<{ execution: { status: string } }>(token, query, { id: run });
    if (execution.status === 'COMPLETED') return;
    if (execution.status === 'FAILED') throw new Error('a run failed');
    await new Promise((wait) => setTimeout(wait, 200));
  }
}

/** A number from the environment. */
export const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

export const ms = (value: number): string => `${Math.round(value).toLocaleString('en')} ms`;
