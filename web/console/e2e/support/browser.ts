// Debian's Chromium, headless. A test fails by whatever a page logs as an error or breaks of its policy.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export interface Visitor {
  page: Page;
  /** What the page complained of so far: errors, refusals of its policy, requests to another host. */
  complaints: string[];
  close(): Promise<void>;
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** A person of their own: a fresh context at `path`, signed in by `token` where one is asked for; it may
 * ask `hosts` beside the server. `before` is done before anything is loaded. */
export async function visit(
  browser: Browser,
  origin: string,
  path: string,
  {
    token,
    hosts = [],
    before,
    ...options
  }: BrowserContextOptions & {
    token?: string;
    hosts?: readonly string[];
    before?: (page: Page) => Promise<unknown>;
  } = {},
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    const known = [origin, ...hosts].some((host) => url.startsWith(host));
    if (!known && !/^(data|blob):/.test(url)) complaints.push(`a request to ${url}`);
  });
  await before?.(page);
  await page.goto(origin + path);
  if (token) await signIn(page, token);
  return { page, complaints, close: () => context.close() };
}

/** Pastes a token where the page asks for one. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** What axe finds against WCAG 2.2 AA on the page as it is, a line a finding. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // By the debugger: the page's policy lets no script in.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } })
      .axe;
    interface Finding {
      id: string;
      help: string;
      nodes: { target: string[]; failureSummary: string }[];
    }
    const runOnly = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
    const { violations } = await axe.run({ runOnly });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary}`),
    );
  });
}

/** Does anything stick out at the side, so that one has to scroll? */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
