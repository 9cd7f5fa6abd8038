import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Key } from '../../ui/Key.tsx';
import { useKeys } from '../../ui/keys.ts';
import { FootLine, pushed } from '../../ui/Page.tsx';
import { ConflictDialog } from './ConflictDialog.tsx';
import { DraftWords } from './DraftWords.tsx';
import { FoundProblems } from './FoundProblems.tsx';
import { LeaveGuard } from './LeaveGuard.tsx';
import styles from './SaveBar.module.css';
import { SaveDialog } from './SaveDialog.tsx';
import type { DraftState } from './useDraft.ts';

/** Leads to a stage and a field of it, or of the workflow. */
export type OpenPlace = (local: string | null, field: string | null) => void;

/** What the foot of the editor holds: the problems, what is not saved, undo and save. */
export function SaveBar({ state, onOpen }: { state: DraftState; onOpen: OpenPlace }) {
  const { changes, canUndo, canRedo, undo, redo, conflict, isAtRisk } = state;
  const [isAsking, setIsAsking] = useState(false);
  const [going, setGoing] = useState<{ local: string | null; field: string | null } | null>(null);
  const refused = changes === 0 ? 'Nothing has changed' : null;
  // Also where nothing has changed yet: what was typed a moment ago may still be on its way.
  const ask = () => setIsAsking(true);
  const go: OpenPlace = (local, field) => {
    setIsAsking(false);
    setGoing({ local, field });
  };
  const open = useEffectEvent(onOpen);
  useEffect(() => {
    // Once the dialog is gone, which gives the focus back to where it was.
    if (going) open(going.local, going.field);
  }, [going]);
  useKeys([
    { keys: 'Ctrl S', does: 'see the changes and save', run: ask, inText: true },
    { keys: 'Ctrl Z', does: 'undo', run: undo, inText: true },
    { keys: 'Ctrl Shift Z', does: 'redo', run: redo, inText: true },
  ]);
  return (
    <FootLine>
      <FoundProblems state={state} onOpen={onOpen} />
      <span className={classes(styles.end, pushed)}>
        <DraftWords state={state} />
        <Button look="bare" onClick={undo} refused={canUndo ? null : 'Nothing to undo'}>
          Undo <KeyCap>Ctrl Z</KeyCap>
        </Button>
        {canRedo && (
          <Button look="bare" onClick={redo}>
            Redo
          </Button>
        )}
        <Button look="lit" onClick={ask} refused={refused}>
          Save… <KeyCap>Ctrl S</KeyCap>
        </Button>
      </span>
      {isAsking && !conflict && <SaveDialog state={state} onGo={go} onClose={() => setIsAsking(false)} />}
      {conflict && <ConflictDialog state={state} conflict={conflict} onSettled={() => setIsAsking(true)} />}
      <LeaveGuard isAtRisk={isAtRisk} />
    </FootLine>
  );
}

const KeyCap = ({ children }: { children: string }) => (
  <span className={styles.key}>
    <Key>{children}</Key>
  </span>
);
