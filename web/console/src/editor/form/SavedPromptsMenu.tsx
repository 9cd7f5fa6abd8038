import { skipToken, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { KeptPromptsDocument } from '../../settings/KeptPrompts.generated.ts';
import { reasonOf } from '../../ui/failure.ts';
import { Menu, type MenuItem } from '../../ui/Menu.tsx';
import type { TextHandle } from '../text/TemplateField.tsx';
import { KeepPrompt } from './KeepPrompt.tsx';
import styles from './SavedPromptsMenu.module.css';

/** As much of a prompt as a line can show. */
const BEGINNING = 80;

/** The person's own prompts at one text: one of them is put in at the caret, or this one is kept. They are asked for when somebody looks. */
export function SavedPromptsMenu({
  label,
  value,
  text,
  onChange,
}: {
  /** What the text is called. */
  label: string;
  value: string | null;
  text: React.RefObject<TextHandle | null>;
  /** For a text that is empty: there may be no field for it yet. */
  onChange: (text: string) => void;
}) {
  const [isWanted, setWanted] = useState(false);
  const [isKeeping, setKeeping] = useState(false);
  const { data, error, refetch } = useQuery(
    KeptPromptsDocument,
    isWanted ? { fetchPolicy: 'cache-and-network' } : skipToken,
  );
  const putIn = (prompt: string) => (value ? text.current?.insert(prompt) : onChange(prompt));
  const open = () => {
    setWanted(true);
    // What was kept meanwhile, elsewhere too. Where it cannot be read, the menu says so.
    if (isWanted) refetch().catch(() => {});
  };
  const kept: MenuItem[] = (data?.me.savedPrompts ?? []).map(({ name, prompt }) => ({
    title: (
      <span className={styles.kept}>
        <bdi>{name}</bdi>
        <span className="said" dir="auto">
          {prompt.slice(0, BEGINNING)}
        </span>
      </span>
    ),
    run: () => putIn(prompt),
  }));
  const unread: MenuItem[] = error
    ? [{ title: 'Your prompts could not be read', run: () => {}, refused: reasonOf(error) }]
    : [];
  return (
    <>
      <Menu
        className={styles.word}
        title={
          <>
            Saved prompts…<span className="away"> for {label}</span>
          </>
        }
        onOpen={open}
        items={[
          { title: 'Keep this prompt…', run: () => setKeeping(true), refused: value ? null : 'Nothing is written yet' },
          ...kept,
          ...unread,
        ]}
      />
      {isKeeping && value && <KeepPrompt prompt={value} onClose={() => setKeeping(false)} />}
    </>
  );
}
