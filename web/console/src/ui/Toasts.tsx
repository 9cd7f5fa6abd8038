import { WordButton } from './Button.tsx';
import { dismiss, useToasts } from './toast.ts';
import styles from './Toasts.module.css';

export function Toasts() {
  const toasts = useToasts();
  return (
    <div className={styles.toasts} aria-live="polite">
      {toasts.map(({ id, text, action }) => (
        <p key={id} className={styles.toast}>
          <span>{text}</span>
          {action && (
            <WordButton
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.title}
            </WordButton>
          )}
        </p>
      ))}
    </div>
  );
}
