import { classes } from '../../ui/classes.ts';
import { Text } from '../../ui/Field.tsx';
import styles from './JsonControl.module.css';
import { parseJson, sameJson } from './json.ts';
import { useUnfinished } from './unfinished.ts';
import { useHeld } from './useHeld.ts';

/** JSON as text. It is taken over while it can be read; what cannot stays written, with the reason. Empty is null. */
export function JsonControl({
  label,
  value,
  onChange,
  hiddenLabel,
  hint,
  fault,
  className,
}: {
  label: string;
  value: unknown;
  onChange: (value: unknown, typing?: string) => void;
  hiddenLabel?: boolean;
  hint?: React.ReactNode;
  fault?: React.ReactNode;
  className?: string;
}) {
  const { left, leave, forget } = useUnfinished(label);
  const [held, hold] = useHeld(value ?? null, written);
  const text = left ?? held;
  const parsed = parseJson(text);
  return (
    <Text
      label={label}
      value={text}
      spellCheck={false}
      className={classes(styles.json, className)}
      fault={'fault' in parsed ? `Not yet taken over. ${parsed.fault}` : fault}
      {...(hiddenLabel ? { hiddenLabel } : {})}
      {...(hint ? { hint } : {})}
      onChange={({ target }) => {
        const next = parseJson(target.value);
        if ('fault' in next) return leave({ text: target.value, why: next.fault }, target, 'json');
        hold(target.value, next.value);
        if (!sameJson(next.value, value ?? null)) onChange(next.value, 'json');
        forget();
      }}
    />
  );
}

const written = (value: unknown): string =>
  value === null || value === undefined ? '' : JSON.stringify(value, null, 2);
