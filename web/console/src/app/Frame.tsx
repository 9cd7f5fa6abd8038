import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { listenToKeys } from '../ui/keys.ts';
import { dismissOthers } from '../ui/toast.ts';
import { Toasts } from '../ui/Toasts.tsx';
import { Bar } from './Bar.tsx';
import styles from './Frame.module.css';
import { Offline } from './Offline.tsx';
import { Palette } from './palette/Palette.tsx';
import { KeySheet } from './sheet/KeySheet.tsx';

/** What stands around every page. */
export function Frame() {
  useEffect(() => listenToKeys(window), []);
  useFocusOnNewPage();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => dismissOthers(path), [path]);
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        To the content
      </a>
      <Bar />
      <Offline />
      <main id="main" tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
      <Toasts />
      <Palette />
      <KeySheet />
    </div>
  );
}

/**
 * A new page says what it is to whoever hears it: focus goes to the page, and to its title once that is there, unless
 * something in it has taken it.
 */
function useFocusOnNewPage(): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const before = useRef(window.location.pathname);
  useEffect(() => {
    const main = document.getElementById('main');
    if (path === undefined || before.current === path || !main) return;
    before.current = path;
    if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
    const toTitle = () => {
      if (document.activeElement !== main) return;
      main.querySelector<HTMLElement>('[data-page-title]')?.focus({ preventScroll: true });
    };
    // What has the focus may go: the page before, which stands there for a moment yet, or a title that kept the place.
    const observer = new MutationObserver(() => {
      if (document.activeElement === document.body) main.focus({ preventScroll: true });
      toTitle();
    });
    observer.observe(main, { childList: true, subtree: true });
    toTitle();
    const settled = setTimeout(() => observer.disconnect(), 5000);
    return () => {
      clearTimeout(settled);
      observer.disconnect();
    };
  }, [path]);
}
