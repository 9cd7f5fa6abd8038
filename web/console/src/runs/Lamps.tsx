import type { Lamp } from './lamps.ts';
import styles from './Lamps.module.css';

/** The stages of a run in small, over the boards. */
export function Lamps({ lamps, label }: { lamps: readonly Lamp[]; label: string }) {
  return (
    <span className={styles.feet} role="img" aria-label={label}>
      {lamps.map((lamp, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a lamp is its place.
        <i key={index} className={styles[lamp]} />
      ))}
    </span>
  );
}
