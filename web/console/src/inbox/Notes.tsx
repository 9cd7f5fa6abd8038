import { Text } from '../ui/Field.tsx';
import { PHONE, useMedia } from '../ui/useMedia.ts';
import styles from './LetterPage.module.css';

/** What goes with the decision. */
export function Notes({
  notes,
  goesOn,
  isAsked,
  onChange,
}: {
  notes: string;
  /** The next attempt is given them. */
  goesOn: boolean;
  /** It is about to fail: why? */
  isAsked: boolean;
  onChange: (notes: string) => void;
}) {
  // It has neither key.
  const isPhone = useMedia(PHONE);
  const how = isPhone
    ? 'Fail sends it, with or without a reason.'
    : 'Ctrl Enter fails it, with or without a reason. Esc leaves it as it is.';
  const given = goesOn
    ? 'kept with the decision, and given to the next answer if you fail this one'
    : 'kept with the decision';
  return (
    <Text
      className={styles.notes}
      label={isAsked ? `Why does it fail? This is ${given}` : `Notes, ${given}`}
      hint={isAsked ? how : undefined}
      data-field="notes"
      dir="auto"
      rows={2}
      maxLength={10_000}
      value={notes}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
