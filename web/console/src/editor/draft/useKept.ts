import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Draft } from './draft.ts';
import { drop, type Kept, keep, keepInHurry, live, takeOver } from './kept.ts';

/** A draft and what it began from. */
export interface Held {
  version: number;
  before: Draft;
  draft: Draft;
}

export interface KeptState {
  /** When the draft was last kept; null: there is nothing to keep. */
  keptAt: number | null;
  /** When what was brought back had been kept; null: nothing was, or it was let go. */
  restoredAt: number | null;
  /** What a page had left is back, or there is nothing: the draft is whole. */
  isComplete: boolean;
  /** Another living page has a draft of this workflow. */
  isElsewhere: boolean;
  /** Nothing can be kept here: what is not saved would be lost with the page. */
  isAtRisk: boolean;
  forgetRestored: () => void;
}

/** A change is kept this much later at the latest. */
const DELAY = 300;

/**
 * Keeps a draft on this machine while it differs from what is saved (`null` where it does not), and brings back what a page
 * that is gone had left, by `restore`.
 */
export function useKept(
  userId: string | null,
  workflowId: string,
  held: Held | null,
  restore: (held: Held) => void,
): KeptState {
  const [keptAt, setKeptAt] = useState<number | null>(null);
  const [restoredAt, setRestoredAt] = useState<number | null>(null);
  const [isElsewhere, setIsElsewhere] = useState(false);
  const [cannot, setCannot] = useState(false);
  const [isComplete, setComplete] = useState(userId === null);
  const [page] = useState(newPage);
  /** What the store has of this page. */
  const stored = useRef<Held | null>(null);

  const write = useEffectEvent(async () => {
    if (userId === null || stored.current === held) return;
    const [before, at] = [stored.current, Date.now()];
    stored.current = held;
    try {
      await (held ? keep({ userId, workflowId, page, at, ...held }) : drop({ userId, workflowId, page }));
      setKeptAt(held ? at : null);
      setCannot(false);
    } catch {
      // A full disk, or a window that keeps nothing.
      stored.current = before;
      setCannot(true);
    }
  });

  const hurry = useEffectEvent(() => {
    if (held && userId !== null && stored.current !== held) {
      keepInHurry({ userId, workflowId, page, at: Date.now(), ...held });
    }
  });

  const bringBack = useEffectEvent((kept: Kept) => {
    if (held) {
      // What was written since the page was opened comes first; the other stays, for whoever opens the workflow next.
      void keep({ ...kept, page: newPage() });
      return;
    }
    const { version, before, draft, at } = kept;
    const back = { version, before, draft };
    // It is there under this page's name: whoever lets it go at once drops it.
    stored.current = back;
    restore(back);
    setRestoredAt(at);
    setKeptAt(at);
  });

  useEffect(() => {
    if (userId === null) return;
    const life = new AbortController();
    live(page, life.signal);
    takeOver(userId, workflowId, page)
      .then(({ taken, isElsewhere }) => {
        // Left by then, it is there for whoever comes next.
        if (life.signal.aborted) return;
        setIsElsewhere(isElsewhere);
        if (taken) bringBack(taken);
        setComplete(true);
      })
      .catch(() => {
        setCannot(true);
        setComplete(true);
      });
    return () => life.abort();
  }, [userId, workflowId, page]);

  const isKept = stored.current === held;
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    // What is saved is kept no longer, at once; who goes on typing does not put off that it is kept.
    if (held === null) void write();
    else
      timer.current ??= setTimeout(() => {
        timer.current = null;
        void write();
      }, DELAY);
  }, [held]);

  useEffect(() => {
    const leave = () => {
      hurry();
      void write();
    };
    const hide = () => document.visibilityState === 'hidden' && leave();
    window.addEventListener('pagehide', leave);
    document.addEventListener('visibilitychange', hide);
    return () => {
      window.removeEventListener('pagehide', leave);
      document.removeEventListener('visibilitychange', hide);
      leave();
    };
  }, []);

  return {
    keptAt: held ? keptAt : null,
    restoredAt: held ? restoredAt : null,
    isComplete,
    isElsewhere,
    isAtRisk: held !== null && (userId === null || (cannot && !isKept)),
    forgetRestored: () => setRestoredAt(null),
  };
}

export const newPage = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join('');
