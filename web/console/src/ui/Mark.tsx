import { classes } from './classes.ts';
import styles from './Mark.module.css';

/** A state as a shape. It never stands alone: a word is beside it. */
export type MarkName =
  | 'running'
  | 'you'
  | 'pending'
  | 'retry'
  | 'paused'
  | 'passed'
  | 'failed'
  | 'cancelled'
  | 'lost'
  | 'todo'
  | 'problem';

const SHAPES: Record<MarkName, React.ReactNode> = {
  running: <path fill="currentColor" stroke="none" d="M1 13a7 7.5 0 0 1 14 0z" />,
  you: (
    <>
      <path d="M1.5 12.5a6.5 7 0 0 1 13 0z" />
      <circle fill="currentColor" stroke="none" cx="8" cy="9.3" r="1.9" />
    </>
  ),
  pending: <path d="M1.5 12.5a6.5 7 0 0 1 13 0z" strokeDasharray="2 2.6" />,
  retry: <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.2v2.9h-2.9" />,
  paused: <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2" />,
  passed: <path d="M2.5 8.5 6.2 12.2 13.5 4" />,
  failed: <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" strokeWidth="2" />,
  cancelled: (
    <>
      <circle cx="8" cy="8" r="5.7" />
      <path d="M4.2 11.8l7.6-7.6" />
    </>
  ),
  lost: <path d="M9.5 2 5 8.6h5.2L6.5 14" />,
  todo: <path d="M3 12.5h10" />,
  problem: <path d="M1.5 10c1.6-4 3.2-4 4.4-1.5s2.8 2.5 4.2-.5 2.8-2.5 4.4.5" />,
};

/** Only what is alive, what waits for you, and what failed is bold. */
const VOICES: Partial<Record<MarkName, string>> = {
  running: 'live',
  you: 'live',
  failed: 'fail',
  problem: 'fail',
  todo: 'todo',
};

export function Shape({ name, className }: { name: MarkName; className?: string | undefined }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className={classes(styles.shape, className)}>
      {SHAPES[name]}
    </svg>
  );
}

/** A shape and its word. */
export function Mark({ name, children }: { name: MarkName; children: React.ReactNode }) {
  const voice = VOICES[name];
  return (
    <span className={classes(styles.mark, voice && styles[voice])}>
      <Shape name={name} />
      {children}
    </span>
  );
}
