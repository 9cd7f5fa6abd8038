import { classes } from '../ui/classes.ts';
import { Json } from '../ui/Json.tsx';
import styles from './ChosenRun.module.css';

/** More than this is not put onto the page where only the beginning is shown. */
const MOST = 2000;

/** How something begins that was said; JSON is exact. */
export function Said({ text }: { text: string }) {
  const isExact = /^\s*[[{]/.test(text);
  return (
    <p className={classes(styles.answer, isExact ? styles.exact : styles.said)} dir="auto">
      {isExact ? <Json text={text.slice(0, MOST)} /> : text.slice(0, MOST)}
    </p>
  );
}
