import { useMutation } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { tellElsewhere } from '../app/elsewhere.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { reasonOf } from '../ui/failure.ts';
import { Failure } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import styles from './RestoreDialog.module.css';
import { RestoreSnapshotDocument } from './RestoreSnapshot.generated.ts';
import type { Snapshot } from './SnapshotDetail.tsx';
import { SnapshotsDocument } from './Snapshots.generated.ts';

/** A snapshot becomes a workflow again: a new one, or the one that it was taken of. */
export function RestoreDialog({ snapshot, onClose }: { snapshot: Snapshot; onClose: () => void }) {
  const { id, name, sourceWorkflow } = snapshot;
  const navigate = useNavigate();
  const [restore, { loading }] = useMutation(RestoreSnapshotDocument, { refetchQueries: [SnapshotsDocument] });
  const [isInPlace, setIsInPlace] = useState(sourceWorkflow !== null);
  const [fault, setFault] = useState<string | null>(null);
  const confirm = async () => {
    const intoWorkflowId = isInPlace ? (sourceWorkflow?.id ?? null) : null;
    try {
      const { data } = await restore({ variables: { input: { snapshotId: id, intoWorkflowId } } });
      if (!data) return;
      tellElsewhere(data.restoreSnapshot.id);
      await navigate({ to: '/workflows/$workflowId', params: { workflowId: data.restoreSnapshot.id } });
      toast(isInPlace ? `Restored “${name}”.` : `Made a workflow of “${name}”.`);
    } catch (error) {
      setFault(reasonOf(error));
    }
  };
  return (
    <Dialog
      title={
        <>
          Restore “<bdi>{name}</bdi>”
        </>
      }
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button onClick={confirm} refused={loading ? 'It is being restored' : null}>
            {isInPlace ? 'Restore it in place' : 'Make a new workflow'}
          </Button>
        </>
      }
    >
      <fieldset className={styles.ways}>
        <legend className="away">Where it goes</legend>
        {sourceWorkflow && (
          <label>
            <input type="radio" name="where" checked={isInPlace} onChange={() => setIsInPlace(true)} />
            <span>
              In the place of “<bdi>{sourceWorkflow.name}</bdi>”
              <small>
                What it is now is saved first, in an automatic snapshot; the newest 10 of these are kept. Runs under way
                go on with what they were started with.
              </small>
            </span>
          </label>
        )}
        <label>
          <input type="radio" name="where" checked={!isInPlace} onChange={() => setIsInPlace(false)} />
          <span>
            As a new workflow
            <small>
              {sourceWorkflow ? 'Nothing else changes.' : 'The workflow that it was taken of is gone.'} A model that is
              gone is left out.
            </small>
          </span>
        </label>
      </fieldset>
      {fault && <Failure what="Not restored" why={fault} />}
    </Dialog>
  );
}
