// One clock for the whole page: it goes by whole seconds, in the beat of the frames, so that all that ticks is drawn at once
// and together with what came; and only while somebody looks at it.

import { inNextFrame } from '@footlight/client';
import { useRef, useSyncExternalStore } from 'react';

const SECOND = 1000;
const wholeSecond = (): number => Math.floor(Date.now() / SECOND) * SECOND;

const listeners = new Set<() => void>();
let now = wholeSecond();
let timer: ReturnType<typeof setTimeout> | undefined;

function wait(): void {
  timer = setTimeout(() => inNextFrame(tick), SECOND - (Date.now() % SECOND));
}

function tick(): void {
  if (listeners.size === 0) return;
  now = wholeSecond();
  for (const listener of [...listeners]) listener();
  wait();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) wait();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearTimeout(timer);
  };
}

function current(): number {
  if (listeners.size === 0) now = wholeSecond();
  return now;
}

const never = () => () => {};

/** The time, by the second; it stands still unless `runs`, so that an idle page does nothing. */
export function useNow(runs: boolean): number {
  const last = useRef<number | null>(null);
  const now = useSyncExternalStore(runs ? subscribe : never, () => (runs ? current() : (last.current ?? current())));
  last.current = now;
  return now;
}
