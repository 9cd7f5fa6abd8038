import { useApolloClient } from '@apollo/client/react';
import { footlightErrors } from '@footlight/client';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Text } from '../ui/Field.tsx';
import { toast } from '../ui/toast.ts';
import styles from './NameDialog.module.css';
import { RenameSnapshotDocument } from './RenameSnapshot.generated.ts';
import { SnapshotsDocument } from './Snapshots.generated.ts';
import { TakeSnapshotDocument } from './TakeSnapshot.generated.ts';

type Of = { workflowId: string } | { snapshot: { id: string; name: string; description: string | null } };

/** Takes a snapshot of a workflow with a name, or names one anew. */
export function NameDialog({ of, onClose, onDone }: { of: Of; onClose: () => void; onDone: (id: string) => void }) {
  const client = useApolloClient();
  const takes = 'workflowId' in of;
  const [name, setName] = useState(takes ? '' : of.snapshot.name);
  const [description, setDescription] = useState(takes ? '' : (of.snapshot.description ?? ''));
  const [error, setError] = useState<unknown>(null);
  const [first] = footlightErrors(error);
  const isTooMany = first?.code === 'LIMIT_EXCEEDED' && first.message.includes('maxSnapshots');
  const faultOf = (field: string) =>
    first && 'field' in first && first.field === field && !isTooMany ? first.message : undefined;

  const save = async () => {
    const texts = { name: name.trim(), description: description.trim() || null };
    try {
      if (takes) {
        const input = { workflowId: of.workflowId, ...texts };
        const { data } = await client.mutate({
          mutation: TakeSnapshotDocument,
          variables: { input },
          refetchQueries: [SnapshotsDocument],
          awaitRefetchQueries: true,
        });
        toast(`Took “${texts.name}”.`);
        if (data) onDone(data.createSnapshot.id);
      } else {
        await client.mutate({
          mutation: RenameSnapshotDocument,
          variables: { input: { id: of.snapshot.id, ...texts } },
        });
        onDone(of.snapshot.id);
      }
      onClose();
    } catch (refusal) {
      setError(refusal);
    }
  };

  return (
    <Dialog
      title={takes ? 'Take a snapshot' : 'Name it anew'}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button onClick={save} refused={name.trim() === '' ? 'It needs a name' : null}>
            {takes ? 'Take the snapshot' : 'Save'}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') save();
        }}
      >
        <Field
          label="Name"
          fault={faultOf('name')}
          dir="auto"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Text
          label="Why it is kept, if you like"
          fault={faultOf('description')}
          dir="auto"
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
        {first && !faultOf('name') && !faultOf('description') && (
          <p className={styles.refusal} role="alert">
            <b>{takes ? 'Not taken.' : 'Not saved.'}</b> {first.message}.{' '}
            {isTooMany && <Link to="/settings">How many you may have is set here</Link>}
          </p>
        )}
      </form>
    </Dialog>
  );
}
