import { inNextFrame } from '@footlight/client';
import { type RefObject, useEffect, useRef, useState } from 'react';

/** How wide an element is, in whole pixels; null before it is known. */
export function useWidth<Element extends HTMLElement>(): [RefObject<Element | null>, number | null] {
  const ref = useRef<Element>(null);
  const [width, setWidth] = useState<number | null>(null);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) inNextFrame(() => setWidth(Math.floor(entry.contentRect.width)));
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
