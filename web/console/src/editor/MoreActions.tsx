import { footlightErrors } from '@footlight/client';
import { useMutation } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { download } from '../ui/copy.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Menu } from '../ui/Menu.tsx';
import { toast } from '../ui/toast.ts';
import { DeleteWorkflowDocument } from './DeleteWorkflow.generated.ts';
import type { Draft } from './draft/draft.ts';
import { DuplicateWorkflowDocument } from './DuplicateWorkflow.generated.ts';
import { workflowFile } from './file/file.ts';
import type { Model } from './form/stageForm.ts';

/** What is seldom done with a workflow. */
export function MoreActions({
  workflowId,
  draft,
  models,
}: {
  workflowId: string;
  draft: Draft;
  models: readonly Model[];
}) {
  const navigate = useNavigate();
  const [isDeleting, setDeleting] = useState(false);
  const [duplicate] = useMutation(DuplicateWorkflowDocument);
  const copy = async () => {
    try {
      const { data } = await duplicate({ variables: { id: workflowId } });
      if (!data) return;
      const { id, name } = data.duplicateWorkflow;
      await navigate({ to: '/workflows/$workflowId', params: { workflowId: id } });
      toast(`This is the copy, ${name}`);
    } catch (error) {
      toast(`It could not be duplicated: ${whyOf(error)}`);
    }
  };
  return (
    <>
      <Menu
        title="More…"
        items={[
          { title: 'Save to a file', run: () => saveToFile(draft, models) },
          { title: 'Duplicate, as it is saved', run: copy },
          { title: 'Delete…', run: () => setDeleting(true), stop: true },
        ]}
      />
      {isDeleting && <DeleteDialog workflowId={workflowId} name={draft.name} onClose={() => setDeleting(false)} />}
    </>
  );
}

function saveToFile(draft: Draft, models: readonly Model[]): void {
  const name = draft.name
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
  download(workflowFile(draft, models), `${name || 'workflow'}.json`, 'application/json');
}

function DeleteDialog({ workflowId, name, onClose }: { workflowId: string; name: string; onClose: () => void }) {
  const navigate = useNavigate();
  const [remove, { loading, error }] = useMutation(DeleteWorkflowDocument, { variables: { id: workflowId } });
  const confirm = async () => {
    const done = await remove().catch(() => null);
    if (!done?.data) return;
    toast(`${name} is deleted`);
    await navigate({ to: '/', ignoreBlocker: true });
  };
  return (
    <Dialog
      title={`Delete ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="stop" onClick={confirm} refused={loading ? 'It is being deleted' : null}>
            Delete it
          </Button>
        </>
      }
    >
      <p>
        The workflow and its stages are gone then, and nothing brings them back. Runs that are under way are cancelled;
        all runs and snapshots stay readable, and a snapshot can make it anew.
      </p>
      {error && <p role="alert">It could not be deleted: {whyOf(error)}</p>}
    </Dialog>
  );
}

function whyOf(error: unknown): string {
  const [first] = footlightErrors(error);
  return first?.message ?? String(error);
}
