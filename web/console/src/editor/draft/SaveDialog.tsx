import { useQuery } from '@apollo/client/react';
import { useMemo } from 'react';
import { Differences } from '../../definition/Differences.tsx';
import { differences } from '../../definition/differences.ts';
import { Button, WordButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Failure } from '../../ui/Quiet.tsx';
import { counted } from '../../ui/time.ts';
import { toast } from '../../ui/toast.ts';
import { definitionOf, type ModelName } from './input.ts';
import { ModelNamesDocument } from './ModelNames.generated.ts';
import type { OpenPlace } from './SaveBar.tsx';
import type { DraftState } from './useDraft.ts';
import type { SaveFault } from './useSave.ts';

/** Shows what a save changes, and saves it. */
export function SaveDialog({
  state,
  onGo,
  onClose,
}: {
  state: DraftState;
  /** Closes it, too, and leads to what was refused. */
  onGo: OpenPlace;
  onClose: () => void;
}) {
  const { before, draft, changes, isSaving, fault, save, putOff } = state;
  const models = useModelNames();
  const list = useMemo(
    () => differences(definitionOf(before, models), definitionOf(draft, models)),
    [before, draft, models],
  );
  const close = () => {
    putOff();
    onClose();
  };
  const refused = isSaving ? 'It is being saved' : list.length === 0 ? 'Nothing has changed' : null;
  const saveAll = async () => {
    if (!(await save())) return;
    toast(`Saved: ${counted(changes, 'change')}`);
    onClose();
  };
  return (
    <Dialog
      title="What a save changes"
      wide
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Go on writing</Button>
          <Button look="lit" autoFocus onClick={saveAll} refused={refused}>
            {isSaving ? 'Saving…' : 'Save'}
          </Button>
        </>
      }
    >
      {fault && (
        <Refusal
          fault={fault}
          onGo={() => {
            putOff();
            onGo(fault.local, fault.field);
          }}
        />
      )}
      {list.length === 0 ? <p>Nothing differs from what is saved.</p> : <Differences list={list} />}
    </Dialog>
  );
}

function Refusal({ fault: { message, local, field, isHalf }, onGo }: { fault: SaveFault; onGo: () => void }) {
  const leads = local !== null || field !== null;
  return (
    <Failure
      what={isHalf ? 'The stages are saved; the rest is not' : 'It was not saved'}
      why={message}
      {...(leads ? { action: <WordButton onClick={onGo}>Go there</WordButton> } : {})}
    />
  );
}

const NONE: readonly ModelName[] = [];

export function useModelNames(): readonly ModelName[] {
  const { data } = useQuery(ModelNamesDocument, { fetchPolicy: 'cache-first' });
  return data?.models ?? NONE;
}
