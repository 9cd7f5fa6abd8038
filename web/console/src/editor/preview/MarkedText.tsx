import { useState } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { count } from '../../ui/time.ts';
import { useTextMode } from '../text/mode.ts';
import type { Problem } from '../draft/problems.ts';
import styles from './Preview.module.css';
import type { Segment } from './segments.ts';

/** Longer values are cut until one asks for the rest. */
const SHOWN = 600;

/** A text that would be sent, its values marked. */
export function MarkedText({
  segments,
  problems = [],
  className,
}: {
  segments: readonly Segment[];
  /** Why it cannot be sent: what they name is marked as wrong. */
  problems?: readonly Problem[];
  className?: string | undefined;
}) {
  const mode = useTextMode();
  return (
    <div className={classes(styles.text, mode, className)} dir="auto">
      {segments.map(({ text, variable, isMissing }, index) => {
        const key = `${index} ${variable?.name ?? ''}`;
        if (isMissing) {
          return (
            <mark key={key} className={isNamed(text, problems) ? styles.missing : styles.open}>
              {text}
            </mark>
          );
        }
        return variable ? <Value key={key} text={text} from={variable.path} /> : <span key={key}>{text}</span>;
      })}
    </div>
  );
}

const isNamed = (placeholder: string, problems: readonly Problem[]) =>
  problems.some(({ message }) => [placeholder, ` ${placeholder.slice(2, -2)} `].some((name) => message.includes(name)));

function Value({ text, from }: { text: string; from: string }) {
  const [isWhole, setIsWhole] = useState(false);
  const cut = !isWhole && text.length > SHOWN + 100;
  return (
    <>
      <mark dir="auto" title={from}>
        {cut ? text.slice(0, SHOWN) : text}
      </mark>
      {cut && (
        <>
          {' '}
          <WordButton onClick={() => setIsWhole(true)}>{count(text.length - SHOWN)} more</WordButton>
        </>
      )}
    </>
  );
}
