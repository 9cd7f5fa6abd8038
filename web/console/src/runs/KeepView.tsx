import { footlightErrors } from '@footlight/client';
import { useState } from 'react';
import { Button, WordButton } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import type { RunsFilter } from './filter.ts';
import type { KeptView } from './keptViews.ts';
import styles from './Views.module.css';

/** Gives the filter a name, under which it is found again. */
export function KeepView({ filter, keep }: { filter: RunsFilter; keep: (view: KeptView) => Promise<void> }) {
  const [name, setName] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  if (Object.keys(filter).length === 0) {
    return <p className={styles.hint}>Narrow the list, and it can be kept here under a name.</p>;
  }
  if (name === null) return <WordButton onClick={() => setName('')}>Keep this one</WordButton>;
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    try {
      await keep({ name: name.trim(), filter });
      setName(null);
      setFault(null);
    } catch (error) {
      setFault(footlightErrors(error)[0]?.message ?? 'It was not kept');
    }
  };
  return (
    <form className={styles.keep} onSubmit={save}>
      <Field
        label="What to call it"
        value={name}
        fault={fault}
        maxLength={80}
        autoFocus
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setName(null)}
      />
      <Button type="submit" refused={name.trim() ? null : 'Write a name first'}>
        Keep
      </Button>
    </form>
  );
}
