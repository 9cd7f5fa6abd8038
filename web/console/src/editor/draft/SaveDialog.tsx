import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent, useMemo, useRef } from 'react';
import { Differences } from '../../definition/Differences.tsx';
import { differences } from '../../definition/differences.ts';
import { Button, WordButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Failure } from '../../ui/Quiet.tsx';
import { counted } from '../../ui/time.ts';
import { toast } from '../../ui/toast.ts';
import { unfinishedOf } from './draft.ts';
import { Hindrances } from './Hindrances.tsx';
import { definitionOf, type ModelName } from './input.ts';
import { ModelNamesDocument } from './ModelNames.generated.ts';
import { isError } from './problems.ts';
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
  const errors = state.problems.filter(isError);
  const isHalf = unfinishedOf(draft).length > 0;
  const isSame = list.length === 0;
  const isEmpty = isSame && !isHalf && !isSaving;
  const refused = whyNot({ isSaving, isHalf, isSame });
  const saveAll = async () => {
    if (!(await save())) return;
    toast(`Saved: ${counted(changes, 'change')}`);
    onClose();
  };
  const go: OpenPlace = (local, field) => {
    putOff();
    onGo(local, field);
  };
  // What one should look at first is not saved by a second key.
  const isPlain = refused === null && fault === null && errors.length === 0;
  const button = useSavedByKeys(isPlain, saveAll);
  return (
    <Dialog
      title="What a save changes"
      wide
      onClose={close}
      actions={
        isEmpty ? undefined : (
          <>
            <Button onClick={close}>Go on writing</Button>
            <Button ref={button} look="lit" onClick={saveAll} refused={refused}>
              {isSaving ? 'Saving…' : 'Save'}
            </Button>
          </>
        )
      }
    >
      {fault && <Refusal fault={fault} onGo={() => go(fault.local, fault.field)} />}
      <Hindrances draft={draft} errors={fault ? [] : errors} edit={state.edit} onGo={go} />
      {isEmpty ? <p>Nothing differs from what is saved.</p> : <Differences list={list} />}
    </Dialog>
  );
}

function whyNot({ isSaving, isHalf, isSame }: Record<'isSaving' | 'isHalf' | 'isSame', boolean>): string | null {
  if (isSaving) return 'It is being saved';
  if (isHalf) return 'Something cannot be taken over yet';
  return isSame ? 'Nothing has changed' : null;
}

/** The button for Save: focused, so that Enter saves, and pressed by another Ctrl S, where nothing speaks against it. */
function useSavedByKeys(isPlain: boolean, save: () => void): React.RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const hear = useEffectEvent((event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (isPlain && !event.repeat) save();
  });
  useEffect(() => {
    if (isPlain) button.current?.focus({ preventScroll: true });
  }, [isPlain]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => hear(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  return button;
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
