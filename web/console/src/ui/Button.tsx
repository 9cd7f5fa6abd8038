import { useId } from 'react';
import { classes } from './classes.ts';
import styles from './Button.module.css';

/** `lit` is what the page wants of you: one at most. `bare` has no edge. `stop` ends or destroys something. */
export type ButtonLook = 'plain' | 'bare' | 'lit' | 'stop';

export interface ButtonProps extends Omit<React.ComponentProps<'button'>, 'disabled'> {
  look?: ButtonLook;
  /** Why it cannot be pressed now. It stays reachable and says so. */
  refused?: string | null | undefined;
}

export function Button({ look = 'plain', refused, children, className, onClick, ...rest }: ButtonProps) {
  const reason = useId();
  return (
    <button
      type="button"
      {...rest}
      className={classes(styles.button, styles[look], className)}
      aria-disabled={refused ? true : undefined}
      aria-describedby={refused ? reason : rest['aria-describedby']}
      title={refused ?? rest.title}
      onClick={refused ? (event) => event.preventDefault() : onClick}
    >
      {children}
      {refused && (
        <span id={reason} className="away">
          {refused}
        </span>
      )}
    </button>
  );
}

/** A link that looks like a button: pass it as the class of a router's link. */
export const buttonClass = (look: ButtonLook = 'plain'): string => classes(styles.button, styles[look]);

/** A word that does something, in a line of text or a heading. */
export function WordButton({ className, ...rest }: React.ComponentProps<'button'>) {
  return <button type="button" {...rest} className={classes(styles.word, className)} />;
}
