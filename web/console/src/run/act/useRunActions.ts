import { useApolloClient, useMutation } from '@apollo/client/react';
import { footlightErrors } from '@footlight/client';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { forgetRun } from '../../runs/runsList.ts';
import { toast } from '../../ui/toast.ts';
import { CancelRunDocument } from './CancelRun.generated.ts';
import { DeleteRunDocument } from './DeleteRun.generated.ts';
import { PauseRunDocument } from './PauseRun.generated.ts';
import { ResumeRunDocument } from './ResumeRun.generated.ts';

export interface RunActionsState {
  /** What was not done, and why. */
  refusal: { what: string; why: string } | null;
  forgetRefusal: () => void;
  pause: () => void;
  resume: () => void;
  /** A pause or its end is on its way to the server. */
  isSending: boolean;
  cancel: () => void;
  remove: () => void;
  /** The dialog that is open. */
  asking: 'rerun' | 'cancel' | 'delete' | null;
  ask: (what: 'cancel' | 'delete' | null) => void;
  openRerun: (fromStageOrder: number | null) => void;
  /** Where the rerun that is asked about begins; null: at the start. */
  rerunFrom: number | null;
}

/** What can be done with a run, and what became of it. */
export function useRunActions(id: string): RunActionsState {
  const [refusal, setRefusal] = useState<RunActionsState['refusal']>(null);
  const [asking, ask] = useState<RunActionsState['asking']>(null);
  const [rerunFrom, setRerunFrom] = useState<number | null>(null);
  const navigate = useNavigate();
  const client = useApolloClient();
  const variables = { id };
  const [pause, { loading: isPausing }] = useMutation(PauseRunDocument, { variables });
  const [resume, { loading: isResuming }] = useMutation(ResumeRunDocument, { variables });
  const [cancel] = useMutation(CancelRunDocument, { variables });
  const [remove] = useMutation(DeleteRunDocument, { variables });

  const attempt = async (what: string, act: () => Promise<unknown>) => {
    setRefusal(null);
    ask(null);
    try {
      await act();
    } catch (error) {
      const why = footlightErrors(error)[0]?.message ?? String(error);
      setRefusal({ what, why: `${why.charAt(0).toUpperCase()}${why.slice(1)}.` });
    }
  };

  return {
    refusal,
    forgetRefusal: () => setRefusal(null),
    pause: () => attempt('Not paused.', () => pause()),
    resume: () => attempt('Not resumed.', () => resume()),
    isSending: isPausing || isResuming,
    cancel: () => attempt('Not cancelled.', () => cancel()),
    remove: () =>
      attempt('Not deleted.', async () => {
        await remove();
        forgetRun(client, id);
        await navigate({ to: '/runs' });
        toast('Deleted the run');
      }),
    asking,
    ask,
    openRerun: (from) => {
      setRerunFrom(from);
      ask('rerun');
    },
    rerunFrom,
  };
}
