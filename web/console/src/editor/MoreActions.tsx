import { useApolloClient, useMutation } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { copyItems } from '../ui/CopyAs.tsx';
import { download } from '../ui/copy.ts';
import { Menu } from '../ui/Menu.tsx';
import { useActions } from '../ui/keys.ts';
import { toast } from '../ui/toast.ts';
import { refuseRounding } from '../exact/digits.ts';
import { DeleteDialog } from '../workflows/DeleteDialog.tsx';
import { reasonOf } from '../ui/failure.ts';
import type { Draft } from './draft/draft.ts';
import { DuplicateWorkflowDocument } from './DuplicateWorkflow.generated.ts';
import { EditorWorkflowDocument } from './EditorWorkflow.generated.ts';
import { fileName } from './fileName.ts';
import { workflowFile } from './file/file.ts';
import type { Model } from './form/stageForm.ts';

/** What is seldom done with a workflow. */
export function MoreActions({
  workflowId,
  draft,
  models,
  onStart,
}: {
  workflowId: string;
  draft: Draft;
  models: readonly Model[];
  onStart: () => void;
}) {
  const client = useApolloClient();
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
      toast(`It could not be duplicated: ${reasonOf(error)}`);
    }
  };
  const saveToFile = () => {
    try {
      refuseRounding(draft);
      download(workflowFile(draft, models), fileName(draft.name), 'application/json');
    } catch (error) {
      toast(`It could not be saved to a file: ${reasonOf(error)}`);
    }
  };
  const params = { workflowId };
  useActions([
    { does: 'start a run of this workflow', run: onStart },
    { does: 'see its runs', run: () => navigate({ to: '/runs', search: { workflow: workflowId } }) },
    { does: 'see its snapshots', run: () => navigate({ to: '/workflows/$workflowId/snapshots', params }) },
    { does: 'save the workflow to a file', run: saveToFile },
    { does: 'duplicate the workflow, as it is saved', run: copy },
    { does: 'delete the workflow', run: () => setDeleting(true) },
  ]);
  return (
    <>
      <Menu
        title="More…"
        items={[
          { title: 'Save to a file', run: saveToFile },
          { title: 'Duplicate, as it is saved', run: copy },
          ...copyItems(client, [{ document: EditorWorkflowDocument, variables: { id: workflowId } }]),
          { title: 'Delete…', run: () => setDeleting(true), stop: true },
        ]}
      />
      {isDeleting && (
        <DeleteDialog
          workflow={{ id: workflowId, name: draft.name }}
          onClose={() => setDeleting(false)}
          onDeleted={() => navigate({ to: '/', ignoreBlocker: true })}
        />
      )}
    </>
  );
}
