import { useEffect, useState } from 'react';
import styles from './Ghost.module.css';

/** Keeps the place of what is loaded, by hairlines where lines will be; only once it has taken 300 ms. */
export function Ghost({ lines = 8, label = 'Loading' }: { lines?: number; label?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={styles.ghost} aria-busy="true">
      {late && (
        <>
          <span className="away">{label}</span>
          {Array.from({ length: lines }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all the same.
            <i key={index} />
          ))}
        </>
      )}
    </div>
  );
}
