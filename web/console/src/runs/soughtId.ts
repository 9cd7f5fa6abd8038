/** What somebody knows of an id: how it begins, and how it ends. Its hyphens say nothing. */
export interface SoughtId {
  begin: string;
  end: string;
}

const SHORT = /^([0-9a-f]{8}[0-9a-f-]*)(?:(?:…|\.{3})([0-9a-f]*))?$/;

/** Reads an id as the console shows it, `01a22d96…a24b`, the beginning of one, or all of it; null for anything else. */
export function soughtId(text: string): SoughtId | null {
  const [, begin, end = ''] = text.trim().toLowerCase().match(SHORT) ?? [];
  return begin === undefined ? null : { begin: digits(begin), end };
}

export const isSought = (id: string, { begin, end }: SoughtId): boolean =>
  digits(id).startsWith(begin) && id.endsWith(end);

/** The whole of an id has so many digits, of which the first tell when it was made. */
const WHOLE = 32;
const OF_TIME = 12;
/** A run and its id are not made in the same millisecond. */
const SLACK = 10_000;
const EARLIEST = Date.UTC(2020);

/** When the run must have been made, within a minute or so; null where the digits cannot be a time. */
export function timeOf({ begin }: SoughtId, now: number): { createdAfter: string; createdBefore: string } | null {
  const time = begin.slice(0, OF_TIME);
  const from = Number.parseInt(time.padEnd(OF_TIME, '0'), 16);
  const to = Number.parseInt(time.padEnd(OF_TIME, 'f'), 16);
  if (from < EARLIEST || from > now + SLACK) return null;
  return {
    createdAfter: new Date(from - SLACK).toISOString(),
    createdBefore: new Date(to + SLACK).toISOString(),
  };
}

/** As one asks for it, where all of it is known. */
export function wholeId({ begin }: SoughtId): string | null {
  if (begin.length !== WHOLE) return null;
  return begin.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const digits = (id: string) => id.replaceAll('-', '');
