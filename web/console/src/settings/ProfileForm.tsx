import { useMutation } from '@apollo/client/react';
import { footlightErrors } from '@footlight/client';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { toast } from '../ui/toast.ts';
import styles from './SettingsPage.module.css';
import { UpdateProfileDocument } from './UpdateProfile.generated.ts';

export function ProfileForm({ me }: { me: { fullName: string | null; maxSnapshots: number } }) {
  const [name, setName] = useState(me.fullName ?? '');
  const [snapshots, setSnapshots] = useState(String(me.maxSnapshots));
  const [update, { error, loading }] = useMutation(UpdateProfileDocument);
  const [refusal] = footlightErrors(error);
  const field = refusal && 'field' in refusal ? refusal.field : undefined;
  const isNumber = /^\d+$/.test(snapshots.trim());
  const changed = name.trim() !== (me.fullName ?? '') || snapshots.trim() !== String(me.maxSnapshots);

  const save = async () => {
    if (loading) return;
    const input = { fullName: name.trim() || null, maxSnapshots: Number(snapshots) };
    try {
      await update({ variables: { input } });
      toast('Saved');
    } catch {
      // The form says why.
    }
  };
  const inSnapshots = field?.includes('maxSnapshots') ?? false;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (changed && isNumber) save();
      }}
    >
      <Field
        label="Your name"
        autoComplete="name"
        dir="auto"
        value={name}
        fault={refusal && !inSnapshots ? refusal.message : null}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="How many snapshots you may keep"
        inputMode="numeric"
        value={snapshots}
        fault={isNumber ? inSnapshots && refusal?.message : 'This is a whole number'}
        onChange={(event) => setSnapshots(event.target.value)}
      />
      <div className={styles.acts}>
        <Button type="submit" refused={changed ? (isNumber ? null : 'A number is wrong') : 'Nothing has changed'}>
          Save
        </Button>
      </div>
    </form>
  );
}
