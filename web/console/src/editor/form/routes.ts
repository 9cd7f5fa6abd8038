import { isObject, type JsonObject, onlyHas } from './json.ts';
import { type Named, objectOf } from './named.ts';

/** Where a pass goes by a value: the value, and the stage's order; 0 ends the run. */
export type RouteRow = Named<number>;

export interface Routes {
  by: string;
  rows: readonly RouteRow[];
}

/** The routes that JSON says; null: they are none, or say more than a form. */
export function readRoutes(routes: unknown): Routes | null {
  if (!isObject(routes) || !onlyHas(routes, ['by', 'to'])) return null;
  const { by, to } = routes;
  if (typeof by !== 'string' || !isObject(to)) return null;
  const rows = Object.entries(to).map(([name, value]) => ({ name, value }));
  return rows.every((row): row is RouteRow => typeof row.value === 'number') ? { by, rows } : null;
}

export const writeRoutes = ({ by, rows }: Routes): JsonObject => ({ by, to: objectOf(rows) ?? {} });
