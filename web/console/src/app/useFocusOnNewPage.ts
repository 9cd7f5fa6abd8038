import { useRouter, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

/**
 * A new page says what it is to whoever hears it: focus goes to the page, and to its title once that is there, unless
 * something in it has taken it. Whoever comes back to a page finds the link by which they left it.
 */
export function useFocusOnNewPage(): void {
  const place = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation });
  const [path, key] = [place?.pathname, place?.state.__TSR_key];
  const leftBy = useLeftBy();
  const before = useRef(window.location.pathname);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same page may have another key.
  useEffect(() => {
    const main = document.getElementById('main');
    if (path === undefined || before.current === path || !main) return;
    before.current = path;
    if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
    const wanted = key && leftBy.get(key);
    const settle = () => {
      const title = main.querySelector<HTMLElement>('[data-page-title]');
      const link = wanted ? main.querySelector<HTMLElement>(wanted) : null;
      if (document.activeElement === main || (link && document.activeElement === title))
        (link ?? title)?.focus({ preventScroll: true });
    };
    // What has the focus may go: the page before, which stands there for a moment yet, or a title that kept the place.
    const observer = new MutationObserver(() => {
      if (document.activeElement === document.body) main.focus({ preventScroll: true });
      settle();
    });
    observer.observe(main, { childList: true, subtree: true });
    settle();
    const settled = setTimeout(() => observer.disconnect(), 5000);
    return () => {
      clearTimeout(settled);
      observer.disconnect();
    };
  }, [path]);
}

/** By the key of a place in the history: how the link is found that had the focus when that was left. */
function useLeftBy(): ReadonlyMap<string, string> {
  const router = useRouter();
  const leftBy = useRef(new Map<string, string>());
  useEffect(
    () =>
      router.subscribe('onBeforeNavigate', ({ fromLocation, pathChanged }) => {
        const key = fromLocation?.state.__TSR_key;
        if (!key || !pathChanged) return;
        const href = document.activeElement?.closest('main a[href]')?.getAttribute('href');
        // A page may change its own address before it is there: what was left by is gone by then, and stays known.
        if (href) leftBy.current.set(key, `a[href="${CSS.escape(href)}"]`);
      }),
    [router],
  );
  return leftBy.current;
}
