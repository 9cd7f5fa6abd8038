import { classes } from './classes.ts';
import styles from './Page.module.css';

/**
 * A page that fills the window: its head, what lies between, and its foot, which stays in view. Wide windows scroll the
 * columns, narrow ones the page. Put `Head`, one `Columns` or `Scroll`, and a `Foot` into it.
 */
export function Page({ children }: { children: React.ReactNode }) {
  return <div className={styles.page}>{children}</div>;
}

/** Columns side by side, each of which scrolls: `run` 324 1fr 372, `edit` 340 1fr 396, `box` 348 1fr 308, `two` 1fr 396. */
export function Columns({ shape, children }: { shape: 'run' | 'edit' | 'box' | 'two'; children: React.ReactNode }) {
  return <div className={classes(styles.columns, styles[shape])}>{children}</div>;
}

/** The one part of a page without columns that scrolls; Back finds it where it was left. */
export function Scroll({ className, ...rest }: React.ComponentProps<'div'>) {
  return <div data-scroll-restoration-id="page" {...rest} className={classes(styles.scroll, className)} />;
}

/** What is alive now, and what you can do about it. `lit` while something is alive or wants you, `off` without connection. */
export function Foot({
  light = 'plain',
  label,
  children,
}: {
  light?: 'lit' | 'plain' | 'off';
  label: string;
  children: React.ReactNode;
}) {
  return (
    <section className={classes(styles.foot, styles[light])} aria-label={label}>
      {children}
    </section>
  );
}

/** A line of the foot; what has the class `pushed` goes to its end. */
export function FootLine({ children }: { children: React.ReactNode }) {
  return <div className={styles.line}>{children}</div>;
}

export const pushed = styles.pushed ?? '';
