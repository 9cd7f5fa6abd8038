import { useMutation, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { tellElsewhere } from '../app/elsewhere.ts';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { counted } from '../ui/time.ts';
import { toast } from '../ui/toast.ts';
import { DeleteWorkflowDocument } from './DeleteWorkflow.generated.ts';
import type { Named } from './Entry.tsx';
import { reasonOf } from '../ui/failure.ts';
import { RunsUnderWayDocument } from './RunsUnderWay.generated.ts';
import styles from './DeleteDialog.module.css';
import { WorkflowsDocument } from './Workflows.generated.ts';

/** A word before a workflow is gone: what goes with it, and what stays. */
export function DeleteDialog({
  workflow: { id, name },
  onClose,
  onDeleted = onClose,
}: {
  workflow: Named;
  onClose: () => void;
  /** Goes to another page, where this one would be of nothing. */
  onDeleted?: () => void | Promise<void>;
}) {
  const { data } = useQuery(RunsUnderWayDocument, { variables: { workflowId: id }, fetchPolicy: 'network-only' });
  const [remove, { loading }] = useMutation(DeleteWorkflowDocument, { refetchQueries: [WorkflowsDocument] });
  const [fault, setFault] = useState<string | null>(null);
  const confirm = async () => {
    try {
      await remove({ variables: { id } });
      tellElsewhere(id);
      await onDeleted();
      toast(`Deleted “${name}”.`);
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
            Delete the workflow
          </Button>
        </>
      }
    >
      <p>
        It is gone at once, with all of its stages, and cannot be brought back. {underWay(data?.executions.countUpTo)}
      </p>
      <p className={classes('soft', styles.stays)}>
        Its runs that have ended stay, and can be read. So do its snapshots: a workflow can be made of each again.
      </p>
      {fault && <Failure what="Not deleted" why={fault} />}
    </Dialog>
  );
}

function underWay(runs: number | undefined): string {
  if (runs === undefined) return '';
  if (runs === 0) return 'None of its runs is under way.';
  return runs >= 100 ? '100 or more of its runs are under way: they are cancelled.' : underWayWords(runs);
}

const underWayWords = (runs: number): string =>
  runs === 1
    ? 'One of its runs is under way: it is cancelled.'
    : `${counted(runs, 'run')} are under way: they are cancelled.`;
