import { useState } from 'react';
import { Text } from '../ui/Field.tsx';
import { PHONE, useMedia } from '../ui/useMedia.ts';
import styles from './LetterPage.module.css';

/** What goes with the decision. */
export function Notes({
  notes,
  goesOn,
  isAsked,
  isOver,
  onChange,
}: {
  notes: string;
  /** The next attempt is given them. */
  goesOn: boolean;
  /** It is about to fail: why? */
  isAsked: boolean;
  /** It waits no more. */
  isOver: boolean;
  onChange: (notes: string) => void;
}) {
  const [isHere, setHere] = useState(false);
  // It has neither key.
  const isPhone = useMedia(PHONE);
  const how = isPhone
    ? 'Fail sends it, with or without a reason.'
    : 'Ctrl Enter fails it, with or without a reason. Esc leaves it as it is.';
  const given = goesOn
    ? 'kept with the decision, and given to the next answer if you fail this one'
    : 'kept with the decision';
  const labelOf = (what: string) => {
    if (isOver) return 'Notes, kept here: it is decided, and they go nowhere';
    return isAsked ? `Why does it fail? This is ${what}` : `Notes, ${what}`;
  };
  // Whoever is about to write is left with the field.
  if (isOver && notes === '' && !isHere) return null;
  return (
    <Text
      className={styles.notes}
      onFocus={() => setHere(true)}
      onBlur={() => setHere(false)}
      label={labelOf(given)}
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
