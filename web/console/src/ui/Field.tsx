import { useId } from 'react';
import { classes } from './classes.ts';
import styles from './Field.module.css';

interface Labelled {
  label: React.ReactNode;
  /** What is wrong with it, and what would be right. */
  fault?: React.ReactNode;
  hint?: React.ReactNode;
  /** The label is for readers that do not see the page alone. */
  hiddenLabel?: boolean;
  className?: string | undefined;
}

interface Marked {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
  className: string;
}

/** A labelled control: `Field` for what is typed, `Choice` for a `<select>`, `Text` for several lines. */
function Labelled({
  label,
  fault,
  hint,
  hiddenLabel,
  className,
  children,
}: Labelled & { children: (control: Marked) => React.ReactNode }) {
  const id = useId();
  const note = `${id}-note`;
  return (
    <div className={classes(styles.field, className)}>
      <label htmlFor={id} className={hiddenLabel ? 'away' : undefined}>
        {label}
      </label>
      {children({
        id,
        'aria-invalid': fault ? true : undefined,
        'aria-describedby': fault || hint ? note : undefined,
        className: classes(styles.in, fault != null && fault !== false && styles.bad),
      })}
      {(fault || hint) && (
        <p id={note} className={fault ? styles.fault : styles.hint}>
          {fault || hint}
        </p>
      )}
    </div>
  );
}

export function Field({
  label,
  fault,
  hint,
  hiddenLabel,
  className,
  ...rest
}: Labelled & Omit<React.ComponentProps<'input'>, keyof Labelled>) {
  const about = { label, fault, hint, className, ...(hiddenLabel ? { hiddenLabel } : {}) };
  return <Labelled {...about}>{(control) => <input autoComplete="off" {...rest} {...control} />}</Labelled>;
}

export function Text({
  label,
  fault,
  hint,
  hiddenLabel,
  className,
  ...rest
}: Labelled & Omit<React.ComponentProps<'textarea'>, keyof Labelled>) {
  const about = { label, fault, hint, className, ...(hiddenLabel ? { hiddenLabel } : {}) };
  return (
    <Labelled {...about}>
      {(control) => <textarea {...rest} {...control} className={classes(control.className, styles.text)} />}
    </Labelled>
  );
}

export function Choice({
  label,
  fault,
  hint,
  hiddenLabel,
  className,
  children,
  ...rest
}: Labelled & Omit<React.ComponentProps<'select'>, keyof Labelled>) {
  const about = { label, fault, hint, className, ...(hiddenLabel ? { hiddenLabel } : {}) };
  return (
    <Labelled {...about}>
      {(control) => (
        <span className={styles.pick}>
          <select {...rest} {...control}>
            {children}
          </select>
        </span>
      )}
    </Labelled>
  );
}

/** A box to tick, with its words after it. */
export function Tick({ children, className, ...rest }: React.ComponentProps<'input'>) {
  return (
    <label className={classes(styles.tick, className)}>
      <input type="checkbox" {...rest} />
      <span>{children}</span>
    </label>
  );
}
