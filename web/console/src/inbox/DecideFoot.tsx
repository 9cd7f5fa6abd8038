import { useConnection } from '@footlight/client/react';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Key } from '../ui/Key.tsx';
import { Shape } from '../ui/Mark.tsx';
import { Foot, FootLine, pushed } from '../ui/Page.tsx';
import styles from './DecideFoot.module.css';

interface Props {
  /** Why there is nothing to decide; null while there is. */
  nothing: string | null;
  isSending: boolean;
  /** What `Ctrl Enter` sends. */
  intent: 'PASS' | 'FAIL';
  /** A letter is written then, where it would decide otherwise. */
  isEditing: boolean;
  hasEdit: boolean;
  hasNotes: boolean;
  onPass: () => void;
  onFail: () => void;
  onEdit: () => void;
  onNotes: () => void;
  onLater: (() => void) | null;
}

/** The decision, always in view. One button is lit: what is about to be sent. */
export function DecideFoot(props: Props) {
  const { nothing, isSending, intent, isEditing, hasEdit, hasNotes, onPass, onFail, onEdit, onNotes, onLater } = props;
  const connection = useConnection();
  const light = connection === 'lost' ? 'off' : nothing === null ? 'lit' : 'plain';
  if (nothing !== null) {
    return (
      <Foot label="Decide" light={light}>
        <FootLine>
          <span className="soft">{nothing}</span>
          {onLater && (
            <Button className={pushed} onClick={onLater}>
              Next <Letter>J</Letter>
            </Button>
          )}
        </FootLine>
      </Foot>
    );
  }
  const refused = isSending ? 'It is being sent' : null;
  const fails = intent === 'FAIL';
  return (
    <Foot label="Decide" light={light}>
      <FootLine>
        <span className={styles.told}>{told(fails, hasEdit, hasNotes)}</span>
        <span className={classes(pushed, styles.wide)} />
        {onLater && (
          <Button look="bare" className={styles.wide} onClick={onLater}>
            Later <Letter>J</Letter>
          </Button>
        )}
        <Button look="plain" className={styles.edit} onClick={onEdit}>
          Edit <Letter>E</Letter>
        </Button>
        <Button look="plain" className={styles.wide} onClick={onNotes}>
          Notes <Letter>N</Letter>
        </Button>
        <Button look={fails ? 'lit' : 'stop'} className={styles.answer} refused={refused} onClick={onFail}>
          <Shape name="failed" />
          {fails && hasNotes ? 'Fail with your notes' : 'Fail'} {fails ? <Key>Ctrl Enter</Key> : <Letter>F</Letter>}
        </Button>
        <Button look={fails ? 'plain' : 'lit'} className={styles.answer} refused={refused} onClick={onPass}>
          <Shape name="passed" />
          {hasEdit ? 'Pass with your edit' : 'Pass'} {isEditing ? <Key>Ctrl Enter</Key> : <Letter>P</Letter>}
        </Button>
      </FootLine>
    </Foot>
  );
}

/** A key that is none while a text is being written. Its place is kept: a press on the button takes the focus from the field. */
const Letter = ({ children }: { children: string }) => (
  <span className={styles.letter}>
    <Key>{children}</Key>
  </span>
);

function told(fails: boolean, hasEdit: boolean, hasNotes: boolean): string {
  if (fails) return hasEdit ? 'Your edit does not go with a fail; it is kept here.' : '';
  if (hasEdit && hasNotes) return 'Your edit and your notes go with a pass.';
  if (hasEdit) return 'Your edit goes with a pass.';
  return hasNotes ? 'Your notes go with the decision.' : '';
}
