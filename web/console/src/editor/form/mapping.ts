import { isObject, type JsonObject, onlyHas } from './json.ts';
import { type Named, objectOf } from './named.ts';

/** Where a mapped name comes from: paths, or something that only JSON says. */
type Source = Paths | { kind: 'other'; value: unknown };

export interface Paths {
  kind: 'paths';
  paths: readonly string[];
  /** Which is taken of several that have a value: the first, or the one whose stage ended last. */
  by: 'order' | 'latest';
  /** What it is where no path has a value. */
  fallback: { value: unknown } | null;
  /** How it was written, which is kept: one path in a list, an object where a path would do. */
  listed: boolean;
  wrapped: boolean;
}

export type MappedName = Named<Source>;

export const pathTo = (path: string): Paths => ({
  kind: 'paths',
  paths: [path],
  by: 'order',
  fallback: null,
  listed: false,
  wrapped: false,
});

/** The rows of a mapping; null: it is no mapping. */
export function readMapping(mapping: unknown): MappedName[] | null {
  if (mapping === null || mapping === undefined) return [];
  if (!isObject(mapping)) return null;
  return Object.entries(mapping).map(([name, value]) => ({ name, value: readSource(value) }));
}

export const writeMapping = (rows: readonly MappedName[]): JsonObject | null =>
  objectOf(rows.map(({ name, value }) => ({ name, value: writeSource(value) })));

function readSource(value: unknown): Source {
  const paths = readPaths(value);
  if (paths) return { ...pathTo(''), ...paths };
  const other: Source = { kind: 'other', value };
  if (!isObject(value) || !onlyHas(value, ['from', 'latest', 'default'])) return other;
  if ('from' in value === 'latest' in value) return other;
  const by = 'from' in value ? ('order' as const) : ('latest' as const);
  const inner = readPaths('from' in value ? value.from : value.latest);
  if (!inner) return other;
  const fallback = 'default' in value ? { value: value.default } : null;
  return { kind: 'paths', by, fallback, wrapped: true, ...inner };
}

function readPaths(value: unknown): Pick<Paths, 'paths' | 'listed'> | null {
  if (typeof value === 'string') return { paths: [value], listed: false };
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every((path) => typeof path === 'string') ? { paths: value, listed: true } : null;
}

function writeSource(source: Source): unknown {
  if (source.kind === 'other') return source.value;
  const { paths, by, fallback, listed, wrapped } = source;
  const written = listed || paths.length !== 1 ? paths : paths[0];
  const otherwise = fallback ? { default: fallback.value } : {};
  if (by === 'latest') return { latest: written, ...otherwise };
  return wrapped || fallback ? { from: written, ...otherwise } : written;
}
