import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { listenToKeys } from '../ui/keys.ts';
import { dismissOthers } from '../ui/toast.ts';
import { Toasts } from '../ui/Toasts.tsx';
import { Bar } from './Bar.tsx';
import styles from './Frame.module.css';
import { Palette } from './palette/Palette.tsx';
import { KeySheet } from './sheet/KeySheet.tsx';
import { useFocusOnNewPage } from './useFocusOnNewPage.ts';

/** What stands around every page. */
export function Frame() {
  useEffect(() => listenToKeys(window), []);
  useEffect(() => withoutTitle, []);
  useFocusOnNewPage();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => dismissOthers(path), [path]);
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        To the content
      </a>
      <Bar />
      <main id="main" tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
      <Toasts />
      <Palette />
      <KeySheet />
    </div>
  );
}

/** Whoever has signed out has left the page that the tab is called by. */
const withoutTitle = () => {
  document.title = 'Footlight';
};
