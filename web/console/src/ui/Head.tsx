import styles from './Head.module.css';
import { PageTitle } from './PageTitle.tsx';

/**
 * The head of a page: where it hangs (`crumb`), what it is (`title`), what it does or waits for in words (`status`,
 * the page's one polite word; null keeps its line while it is not known), and what can be done (`children`).
 */
export function Head({
  crumb,
  title,
  status,
  children,
}: {
  crumb?: React.ReactNode;
  title: React.ReactNode;
  status?: React.ReactNode;
  children?: React.ReactNode;
}) {
  return (
    <div className={styles.head}>
      {crumb && <p className={styles.crumb}>{crumb}</p>}
      <div>
        <PageTitle className={styles.title} dir="auto">
          {title}
        </PageTitle>
        {(status || status === null) && (
          <p className={styles.status} role="status">
            {status ?? '\u00a0'}
          </p>
        )}
      </div>
      {children && <div className={styles.acts}>{children}</div>}
    </div>
  );
}
