import { useNavigate } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { counted } from '../ui/time.ts';
import type { DraftState } from './draft/useDraft.ts';

/** A run starts from what is saved: whoever has changed something says which of both is meant. */
export function StartDialog({ state, version, onClose }: { state: DraftState; version: number; onClose: () => void }) {
  const { workflowId, changes, isSaving, fault, save, putOff } = state;
  const [wasTried, setTried] = useState(false);
  const navigate = useNavigate();
  const start = () => navigate({ to: '/workflows/$workflowId/start', params: { workflowId } });
  const saveAndStart = async () => {
    setTried(true);
    if (await save()) await start();
  };
  const close = () => {
    putOff();
    onClose();
  };
  // Somebody else saved meanwhile: the editor asks about that first.
  const giveWay = useEffectEvent(onClose);
  const isConflict = state.conflict !== null;
  useEffect(() => {
    if (isConflict) giveWay();
  }, [isConflict]);
  if (isConflict) return null;
  return (
    <Dialog
      title="What you changed is not saved"
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Go on writing</Button>
          <Button onClick={start}>Start version {version}, as it is saved</Button>
          <Button look="lit" onClick={saveAndStart} refused={isSaving ? 'It is being saved' : null}>
            {isSaving ? 'Saving…' : 'Save and start'}
          </Button>
        </>
      }
    >
      {wasTried && fault && <Failure what="It was not saved" why={fault.message} />}
      <p>
        {counted(changes, 'change')} {changes === 1 ? 'is' : 'are'} not in version {version}. What is not saved stays
        here, whichever you start.
      </p>
    </Dialog>
  );
}
