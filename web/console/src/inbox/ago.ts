import { duration } from '../ui/time.ts';

/** How long it waits, by the minute: a list of waiting things does not tick. */
export function ago(at: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000);
  return minutes < 1 ? 'just now' : duration(minutes * 60_000);
}

/** The same in a sentence: `waits 3 min`. */
export function waits(at: string, now: number): string {
  const long = ago(at, now);
  return long === 'just now' ? 'came just now' : `waits ${long}`;
}
