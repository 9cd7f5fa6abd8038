import { hasEnded, type RunState } from '@footlight/client';
import { Button } from '../../ui/Button.tsx';
import { useActions } from '../../ui/keys.ts';
import type { RunShown } from '../RunView.tsx';
import { isWriting } from '../standing.ts';
import type { RunStage } from '../stages.ts';
import type { RunNow } from '../useRunNow.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';
import { RerunDialog } from './RerunDialog.tsx';
import styles from './RunActions.module.css';
import type { RunActionsState } from './useRunActions.ts';

interface Props {
  execution: RunShown;
  run: RunState;
  stages: readonly RunStage[];
  now: RunNow | null;
  actions: RunActionsState;
}

/** The buttons of a run, as its state has them. */
export function RunActions({ execution, run, stages, now, actions }: Props) {
  const status = run.status ?? execution.status;
  const isOver = hasEnded(status);
  const reason = run.status ? run.statusReason : execution.statusReason;
  const isPaused = status === 'PAUSED' && reason !== 'AWAITING_VALIDATION';
  const isHeld = now?.pauseRequested === true || isPaused;
  const pauses = () => {
    if (actions.isSending) return;
    if (isHeld) actions.resume();
    else actions.pause();
  };
  useActions(
    isOver
      ? [
          { keys: 'R', does: 'rerun from a stage', run: () => actions.openRerun(null) },
          { does: 'delete the run', run: () => actions.ask('delete') },
        ]
      : [
          { keys: 'P', does: isHeld ? 'let the run go on' : 'pause the run', run: pauses },
          { does: 'cancel the run', run: () => actions.ask('cancel') },
        ],
  );
  const close = () => actions.ask(null);
  return (
    <>
      {!isOver && (
        <Button
          look={isPaused ? 'lit' : 'plain'}
          onClick={pauses}
          refused={actions.isSending ? 'It is being sent' : null}
        >
          {isHeld ? 'Resume' : 'Pause'}
        </Button>
      )}
      {!isOver && (
        <Button look="stop" onClick={() => actions.ask('cancel')}>
          Cancel the run
        </Button>
      )}
      <Button
        className={isOver ? undefined : styles.wide}
        onClick={() => actions.openRerun(null)}
        refused={isOver ? null : 'Once the run has ended'}
      >
        Rerun from…
      </Button>
      {isOver && (
        <Button look="stop" onClick={() => actions.ask('delete')}>
          Delete
        </Button>
      )}
      {actions.asking === 'cancel' && (
        <ConfirmDialog
          title="Cancel this run?"
          yes="Cancel the run"
          no="Let it go on"
          onYes={actions.cancel}
          onNo={close}
        >
          {run.attempts.some(isWriting) && 'The answer that is being written is dropped. '}
          What the stages have brought stays, and the run can be rerun from any of them.
        </ConfirmDialog>
      )}
      {actions.asking === 'delete' && (
        <ConfirmDialog title="Delete this run?" yes="Delete it" no="Keep it" onYes={actions.remove} onNo={close}>
          Its answers, decisions and events go with it. This cannot be undone.
        </ConfirmDialog>
      )}
      {actions.asking === 'rerun' && (
        <RerunDialog execution={execution} run={run} stages={stages} from={actions.rerunFrom} onClose={close} />
      )}
    </>
  );
}
