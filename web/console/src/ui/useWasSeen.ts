import { useEffect, useState } from 'react';

const REST = 120;

/** Has it been in view, and not only flown past? What nobody scrolls to is not asked for. */
export function useWasSeen(element: React.RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !element.current) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        clearTimeout(timer);
        if (entry?.isIntersecting) timer = setTimeout(() => setSeen(true), REST);
      },
      { rootMargin: '200px' },
    );
    observer.observe(element.current);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [seen, element]);
  return seen;
}
