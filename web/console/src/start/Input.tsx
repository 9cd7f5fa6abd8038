import { WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Text, Tick } from '../ui/Field.tsx';
import styles from './Inputs.module.css';
import type { InputField } from './inputs.ts';

/** One input, written as a text or as JSON. */
export function Input({
  field: { name, kind, value },
  isAsked,
  fault,
  onChange,
  onPaste,
  onLeaveOut,
}: {
  field: InputField;
  isAsked: boolean;
  fault: string | undefined;
  onChange: (change: Partial<InputField>) => void;
  onPaste: (text: string) => void;
  onLeaveOut: () => void;
}) {
  return (
    <li className={styles.field}>
      <Text
        label={<bdi className={classes('exact', styles.name)}>{name}</bdi>}
        className={classes(styles.input, kind === 'json' && styles.json)}
        fault={fault}
        hint={isAsked ? undefined : 'The workflow does not ask for this one.'}
        spellCheck={kind === 'text'}
        dir="auto"
        value={value}
        onChange={(event) => onChange({ value: event.target.value })}
        // The text has been taken in by then, whatever is made of it.
        onPaste={(event) => {
          const text = event.clipboardData.getData('text/plain');
          setTimeout(() => onPaste(text));
        }}
      />
      <p className={styles.how}>
        {!isAsked && <WordButton onClick={onLeaveOut}>Leave it out</WordButton>}
        <Tick
          checked={kind === 'json'}
          onChange={(event) => onChange({ kind: event.target.checked ? 'json' : 'text' })}
        >
          JSON<span className="away">: {name}</span>
        </Tick>
      </p>
    </li>
  );
}
