import { inNextFrame } from '@footlight/client';
import { useEffect, useState } from 'react';

/** Has it come near what is in view? Once it has, it stays so: what was read is not taken away. */
export function useNear(box: React.RefObject<HTMLElement | null>): boolean {
  const [isNear, setIsNear] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element || isNear) return;
    const script = element.closest('section');
    const isPage = script === null || getComputedStyle(script).overflowY === 'visible';
    const sight = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && inNextFrame(() => setIsNear(true)),
      {
        root: isPage ? null : script,
        rootMargin: '900px 0px',
      },
    );
    sight.observe(element);
    return () => sight.disconnect();
  }, [box, isNear]);
  return isNear;
}
