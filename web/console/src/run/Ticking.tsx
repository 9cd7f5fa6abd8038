import { duration, ticking } from '../ui/time.ts';
import { useNow } from '../ui/useNow.ts';
import styles from './Ticking.module.css';

/** A time that runs: since a moment, or until one. What ticks is not read out. */
export function Ticking({ since, until }: { since?: string; until?: string }) {
  const now = useNow(true);
  const left = until === undefined ? now - Date.parse(since ?? '') : Date.parse(until) - now;
  return (
    <span className={styles.ticking} aria-hidden="true">
      {ticking(left)}
    </span>
  );
}

/** How long something took, or takes. */
export function Took({ ms, since }: { ms: number | null; since: string | null }) {
  if (ms !== null) return duration(ms);
  return since === null ? null : <Ticking since={since} />;
}
