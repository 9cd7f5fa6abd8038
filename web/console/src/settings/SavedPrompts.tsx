import { useState } from 'react';
import { Button, WordButton } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Text } from '../ui/Field.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import { type Prompt, withPrompt, type Written } from './prompts.ts';
import styles from './SettingsPage.module.css';
import { useChangePrompts } from './useChangePrompts.ts';

/** Prompts that the person keeps, which the editor offers in every stage. */
export function SavedPrompts({ prompts }: { prompts: readonly Prompt[] }) {
  const [edited, setEdited] = useState<Written | null>(null);
  const { change, why, forget } = useChangePrompts();

  const remove = async (gone: Prompt) => {
    const place = prompts.indexOf(gone);
    if (await change((now) => now.filter(({ id }) => id !== gone.id))) {
      const putBack = () => change((now) => now.toSpliced(place, 0, gone));
      toast(`Deleted ${gone.name}`, { title: 'Put it back', run: putBack });
    }
  };
  const save = async () => {
    if (edited && (await change((now) => withPrompt(now, edited)))) setEdited(null);
  };
  const close = () => {
    setEdited(null);
    forget();
  };
  return (
    <div>
      {prompts.length === 0 && <p className="soft">None yet. What you keep here, the editor offers in every stage.</p>}
      <ul className={styles.prompts}>
        {prompts.map((prompt) => (
          <li key={prompt.id}>
            <b dir="auto">{prompt.name}</b>
            <span>
              <WordButton aria-label={`Change ${prompt.name}`} onClick={() => setEdited({ ...prompt })}>
                Change
              </WordButton>
              <WordButton aria-label={`Delete ${prompt.name}`} onClick={() => remove(prompt)}>
                Delete
              </WordButton>
            </span>
            <p className="said" dir="auto">
              {prompt.prompt}
            </p>
          </li>
        ))}
      </ul>
      {why !== null && !edited && <Failure what="That was not saved" why={why} />}
      <p className={styles.add}>
        <Button onClick={() => setEdited({ name: '', prompt: '' })}>Keep a prompt</Button>
      </p>
      {edited && (
        <Dialog
          title={edited.id ? 'Change a prompt' : 'Keep a prompt'}
          onClose={close}
          actions={
            <>
              <Button look="bare" onClick={close}>
                Leave it
              </Button>
              <Button look="lit" onClick={save} refused={edited.name.trim() ? null : 'It needs a name'}>
                Keep it
              </Button>
            </>
          }
        >
          <div className={styles.form}>
            <Field
              label="Name"
              dir="auto"
              value={edited.name}
              onChange={(event) => setEdited({ ...edited, name: event.target.value })}
            />
            <Text
              label="Prompt"
              dir="auto"
              value={edited.prompt}
              onChange={(event) => setEdited({ ...edited, prompt: event.target.value })}
            />
            {why !== null && <Failure what="That was not saved" why={why} />}
          </div>
        </Dialog>
      )}
    </div>
  );
}
