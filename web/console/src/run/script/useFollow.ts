import { inNextFrame } from '@footlight/client';
import { useEffect, useRef, useState } from 'react';

export interface Follow {
  script: React.RefObject<HTMLElement | null>;
  end: React.RefObject<HTMLDivElement | null>;
  /** The end is in view, and stays there. */
  isAtEnd: boolean;
  toEnd: () => void;
  stay: () => void;
  /** What was pressed stays where it is, though something unfolds. */
  hold: (pressed: Element) => void;
}

/**
 * Whether the reader is at the end. The script's own scrolling keeps the end in view by itself, for its column is reversed;
 * where the whole page scrolls, it is scrolled as the text grows.
 */
export function useFollow(grows: boolean): Follow {
  const script = useRef<HTMLElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [isAtEnd, setIsAtEnd] = useState(true);

  useEffect(() => {
    const mark = end.current;
    if (!mark) return;
    const sight = new IntersectionObserver((entries) => {
      atEnd.current = entries.at(-1)?.isIntersecting ?? true;
      inNextFrame(() => setIsAtEnd(atEnd.current));
    });
    sight.observe(mark);
    return () => sight.disconnect();
  }, []);

  useEffect(() => {
    const mark = end.current;
    const box = script.current;
    if (!mark || !box || !grows) return;
    const growth = new ResizeObserver(() => {
      // Whoever has not scrolled yet reads the head of the page.
      const isPage = getComputedStyle(box).overflowY === 'visible' && window.scrollY > 0;
      if (atEnd.current && isPage) mark.scrollIntoView({ block: 'nearest' });
    });
    growth.observe(box);
    return () => growth.disconnect();
  }, [grows]);

  return {
    script,
    end,
    isAtEnd,
    toEnd: () => end.current?.scrollIntoView({ block: 'end' }),
    stay: () => script.current?.scrollBy({ top: -STEP }),
    hold: (pressed) => {
      const before = pressed.getBoundingClientRect().top;
      requestAnimationFrame(() => script.current?.scrollBy({ top: pressed.getBoundingClientRect().top - before }));
    },
  };
}

/** In pixels: so far that the end is out of sight. */
const STEP = 48;
