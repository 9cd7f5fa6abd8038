import { useConnection } from '@footlight/client/react';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Key } from '../ui/Key.tsx';
import { Shape } from '../ui/Mark.tsx';
import { Foot, FootLine, pushed } from '../ui/Page.tsx';
import styles from './DecideFoot.module.css';

interface Props {
  isOver: boolean;
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
  onLater: () => void;
}

/** The decision, always in view. One button is lit: what is about to be sent. */
export function DecideFoot(props: Props) {
  const { isOver, isSending, intent, isEditing, hasEdit, hasNotes, onPass, onFail, onEdit, onNotes, onLater } = props;
  const connection = useConnection();
  const light = connection === 'lost' ? 'off' : isOver ? 'plain' : 'lit';
  if (isOver) {
    return (
      <Foot label="Decide" light={light}>
        <FootLine>
          <span className="soft">There is nothing more to decide here.</span>
          <Button className={pushed} onClick={onLater}>
            Next <Key>J</Key>
          </Button>
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
        <Button look="bare" className={styles.wide} onClick={onLater}>
          Later <Key>J</Key>
        </Button>
        <Button look="plain" className={styles.edit} onClick={onEdit}>
          Edit <Key>E</Key>
        </Button>
        <Button look="plain" className={styles.wide} onClick={onNotes}>
          Notes <Key>N</Key>
        </Button>
        <Button look={fails ? 'lit' : 'stop'} className={styles.answer} refused={refused} onClick={onFail}>
          <Shape name="failed" />
          {fails && hasNotes ? 'Fail with your notes' : 'Fail'} <Key>{fails ? 'Ctrl Enter' : 'F'}</Key>
        </Button>
        <Button look={fails ? 'plain' : 'lit'} className={styles.answer} refused={refused} onClick={onPass}>
          <Shape name="passed" />
          {hasEdit ? 'Pass with your edit' : 'Pass'} <Key>{isEditing ? 'Ctrl Enter' : 'P'}</Key>
        </Button>
      </FootLine>
    </Foot>
  );
}

function told(fails: boolean, hasEdit: boolean, hasNotes: boolean): string {
  if (fails) return hasEdit ? 'Your edit does not go with a fail; it is kept here.' : '';
  if (hasEdit && hasNotes) return 'Your edit and your notes go with a pass.';
  if (hasEdit) return 'Your edit goes with a pass.';
  return hasNotes ? 'Your notes go with the decision.' : '';
}
