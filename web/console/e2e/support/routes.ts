// The routes of the page that is served, as the build wrote them down: a test that goes everywhere is held against them.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const DIST = process.env.CONSOLE_DIST ?? resolve(import.meta.dirname, '../../dist');

/** Those that none of the paths is on. */
export function routesWithout(paths: readonly string[]): string[] {
  const routes: string[] = JSON.parse(readFileSync(resolve(DIST, 'routes.json'), 'utf8'));
  const visited = paths.map((path) => new URL(path, 'http://any').pathname);
  return routes.filter((route) => {
    const pattern = new RegExp(`^${route.replace(/\$[^/]+/g, '[^/]+')}$`);
    return !visited.some((path) => pattern.test(path));
  });
}
