import styles from './Quiet.module.css';

/** An empty place: one sentence that says when something will come, or what to do. */
export function Quiet({ children, action }: { children: React.ReactNode; action?: React.ReactNode }) {
  return (
    <div className={styles.quiet}>
      <p>{children}</p>
      {action && <div className={styles.action}>{action}</div>}
    </div>
  );
}

/** What went wrong, where it arose: what happened in bold, why, and what helps. */
export function Failure({
  what,
  why,
  action,
}: {
  what: React.ReactNode;
  why?: React.ReactNode;
  action?: React.ReactNode;
}) {
  return (
    <div className={styles.failure} role="alert">
      <p>
        <b>{what}</b>
      </p>
      {why && <p>{why}</p>}
      {action && <div className={styles.action}>{action}</div>}
    </div>
  );
}
