import { useEffect, useState } from 'react';
import { classes } from './classes.ts';
import styles from './Ghost.module.css';

/**
 * Keeps the place of what is loaded, by hairlines where lines will be; they are seen only once it has taken 300 ms. Of a part of a page
 * say how many lines; a whole one keeps most of the window.
 */
export function Ghost({ lines, label = 'Loading' }: { lines?: number; label?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes(styles.ghost, lines === undefined && styles.page, late && styles.late)} aria-busy="true">
      {late && <span className="away">{label}</span>}
      {Array.from({ length: lines ?? 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all the same.
        <i key={index} />
      ))}
    </div>
  );
}
