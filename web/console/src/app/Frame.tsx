import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { listenToKeys } from '../ui/keys.ts';
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

/** A new page says what it is to whoever hears it: focus goes to its title, unless something in it has it already. */
function useFocusOnNewPage(): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    const first = before.current === undefined;
    before.current = path;
    const main = document.getElementById('main');
    if (first || main?.contains(document.activeElement)) return;
    (main?.querySelector<HTMLElement>('[data-page-title]') ?? main)?.focus({ preventScroll: true });
  }, [path]);
}
