import { useState } from 'react';
import { withPrompt } from '../../settings/prompts.ts';
import { useChangePrompts } from '../../settings/useChangePrompts.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { Failure } from '../../ui/Quiet.tsx';
import { toast } from '../../ui/toast.ts';

/** Asks what a prompt is to be called, and keeps it among the person's own. */
export function KeepPrompt({ prompt, onClose }: { prompt: string; onClose: () => void }) {
  const [name, setName] = useState('');
  const { change, why } = useChangePrompts();
  const keep = async () => {
    if (!name.trim()) return;
    if (!(await change((now) => withPrompt(now, { name: name.trim(), prompt })))) return;
    toast(`Kept ${name.trim()}: it is offered at every prompt`);
    onClose();
  };
  return (
    <Dialog
      title="Keep this prompt"
      onClose={onClose}
      actions={
        <>
          <Button look="bare" onClick={onClose}>
            Not now
          </Button>
          <Button look="lit" onClick={keep} refused={name.trim() ? null : 'It needs a name'}>
            Keep it
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
      >
        <Field label="Name" dir="auto" value={name} onChange={({ target }) => setName(target.value)} />
      </form>
      {why !== null && <Failure what="That was not kept" why={why} />}
    </Dialog>
  );
}
