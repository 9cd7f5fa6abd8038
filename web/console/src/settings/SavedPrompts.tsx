import { useMutation } from '@apollo/client/react';
import { footlightErrors } from '@footlight/client';
import { useState } from 'react';
import { Button, WordButton } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Text } from '../ui/Field.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import styles from './SettingsPage.module.css';
import { UpdateProfileDocument } from './UpdateProfile.generated.ts';

interface Prompt {
  id: string;
  name: string;
  prompt: string;
}

type Edited = Omit<Prompt, 'id'> & { id?: string };

/** Prompts that the person keeps, which the editor offers in every stage. */
export function SavedPrompts({ prompts }: { prompts: readonly Prompt[] }) {
  const [edited, setEdited] = useState<Edited | null>(null);
  const [update, { error, reset }] = useMutation(UpdateProfileDocument);

  /** The whole list is sent: it takes the place of the old one. */
  const put = async (next: readonly Edited[]): Promise<boolean> => {
    const savedPrompts = next.map(({ id, name, prompt }) => ({ ...(id ? { id } : {}), name, prompt }));
    try {
      await update({ variables: { input: { savedPrompts } } });
      return true;
    } catch {
      return false;
    }
  };
  const remove = async (gone: Prompt) => {
    if (await put(prompts.filter((one) => one.id !== gone.id))) {
      toast(`Deleted ${gone.name}`, { title: 'Put it back', run: () => put(prompts) });
    }
  };
  const save = async () => {
    if (!edited) return;
    const isNew = !edited.id;
    const next = isNew ? [...prompts, edited] : prompts.map((one) => (one.id === edited.id ? edited : one));
    if (await put(next)) setEdited(null);
  };
  const close = () => {
    setEdited(null);
    reset();
  };
  const why = footlightErrors(error)[0]?.message;
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
      {error && !edited && <Failure what="That was not saved" why={why} />}
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
            {error && <Failure what="That was not saved" why={why} />}
          </div>
        </Dialog>
      )}
    </div>
  );
}
