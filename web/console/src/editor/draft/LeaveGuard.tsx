import { useBlocker } from '@tanstack/react-router';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';

/** Asks before a page is left whose changes are kept nowhere. Where they are kept nothing is lost, and nobody is asked. */
export function LeaveGuard({ isAtRisk }: { isAtRisk: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isAtRisk && current.pathname !== next.pathname,
    enableBeforeUnload: isAtRisk,
    disabled: !isAtRisk,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Dialog
      title="Your changes would be lost"
      onClose={blocker.reset}
      actions={
        <>
          <Button look="stop" onClick={blocker.proceed}>
            Leave without them
          </Button>
          <Button autoFocus onClick={blocker.reset}>
            Stay
          </Button>
        </>
      }
    >
      <p>They are not saved, and this browser does not let the page keep them on this machine.</p>
    </Dialog>
  );
}
