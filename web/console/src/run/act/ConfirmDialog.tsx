import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';

interface Props {
  title: string;
  yes: string;
  no: string;
  onYes: () => void;
  onNo: () => void;
  children: React.ReactNode;
}

/** A word before what cannot be undone. */
export function ConfirmDialog({ title, yes, no, onYes, onNo, children }: Props) {
  const actions = (
    <>
      <Button onClick={onNo}>{no}</Button>
      <Button look="stop" onClick={onYes}>
        {yes}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onNo} actions={actions}>
      <p>{children}</p>
    </Dialog>
  );
}
