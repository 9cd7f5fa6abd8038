import { classes } from './classes.ts';
import styles from './Note.module.css';

/** A note in the margin: a title, small words that do something, and what it tells. */
export function Note({
  title,
  tools,
  children,
  className,
}: {
  title?: React.ReactNode;
  tools?: React.ReactNode;
  children: React.ReactNode;
  className?: string;
}) {
  return (
    <section className={classes(styles.note, className)}>
      {title && (
        <h3>
          <span>{title}</span>
          {tools && <span className={styles.tools}>{tools}</span>}
        </h3>
      )}
      {children}
    </section>
  );
}
