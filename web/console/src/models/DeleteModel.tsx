import { useMutation } from '@apollo/client/react';
import { footlightErrors } from '@footlight/client';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import { DeleteModelDocument } from './DeleteModel.generated.ts';
import { ModelsDocument } from './Models.generated.ts';
import type { Model } from './ModelsPage.tsx';

export function DeleteModel({ model, onClose }: { model: Model; onClose: () => void }) {
  const [remove, { error, loading }] = useMutation(DeleteModelDocument, { refetchQueries: [ModelsDocument] });
  const confirm = async () => {
    if (loading) return;
    try {
      await remove({ variables: { id: model.id } });
    } catch {
      return;
    }
    toast(`Deleted ${model.name}`);
    onClose();
  };
  return (
    <Dialog
      title={`Delete ${model.name}?`}
      onClose={onClose}
      actions={
        <>
          <Button look="bare" onClick={onClose}>
            Keep it
          </Button>
          <Button look="stop" onClick={confirm}>
            Delete the model
          </Button>
        </>
      }
    >
      <p>Stages that use it have no model then, and cannot run until they have another. Runs under way keep it.</p>
      {error && <Failure what="It was not deleted" why={footlightErrors(error)[0]?.message} />}
    </Dialog>
  );
}
