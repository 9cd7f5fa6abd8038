import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { reasonOf } from '../ui/failure.ts';
import { Failure } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import { DeleteSnapshotDocument } from './DeleteSnapshot.generated.ts';
import { SnapshotsDocument } from './Snapshots.generated.ts';

/** A word before a snapshot is gone. */
export function DeleteDialog({
  snapshot: { id, name },
  onClose,
  onDone,
}: {
  snapshot: { id: string; name: string };
  onClose: () => void;
  onDone: () => void;
}) {
  const [remove, { loading }] = useMutation(DeleteSnapshotDocument, { refetchQueries: [SnapshotsDocument] });
  const [fault, setFault] = useState<string | null>(null);
  const confirm = async () => {
    try {
      await remove({ variables: { id } });
      toast(`Deleted “${name}”.`);
      onDone();
    } catch (error) {
      setFault(reasonOf(error));
    }
  };
  return (
    <Dialog
      title={
        <>
          Delete “<bdi>{name}</bdi>”?
        </>
      }
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="stop" onClick={confirm} refused={loading ? 'It is being deleted' : null}>
            Delete the snapshot
          </Button>
        </>
      }
    >
      <p>It cannot be brought back. The workflow stays as it is, and so do its runs.</p>
      {fault && <Failure what="Not deleted" why={fault} />}
    </Dialog>
  );
}
