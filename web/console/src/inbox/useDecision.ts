import { useMutation } from '@apollo/client/react';
import { type FootlightError, footlightErrors } from '@footlight/client';
import { useState } from 'react';
import { DecideDocument } from './Decide.generated.ts';
import { useDraft } from './useDraft.ts';
import { useStateOf } from './useStateOf.ts';

interface Decision {
  result: 'PASS' | 'FAIL';
  edit: string | null;
  notes: string;
}

/** Sends a decision. What was written is forgotten once the server has it, and kept when it refuses. */
export function useDecision(logId: string, onDecided: (result: 'PASS' | 'FAIL', at: string | null) => void) {
  const [mutate] = useMutation(DecideDocument);
  // Over in the same moment in which its fault is told: Apollo's own word of it comes later.
  const [isSending, setSending] = useState(false);
  const [fault, setFault] = useStateOf<FootlightError | null>(logId, null);
  const [, change] = useDraft(logId);
  const send = async ({ result, edit, notes }: Decision) => {
    setFault(null);
    setSending(true);
    const input = {
      logId,
      result,
      ...(notes.trim() ? { notes } : {}),
      ...(result === 'PASS' && edit !== null ? { editedOutput: edit } : {}),
    };
    try {
      const { data } = await mutate({ variables: { input } });
      // An edit does not go with a fail, and stays to be copied.
      change(result === 'PASS' ? { edit: null, notes: '' } : { notes: '' });
      onDecided(result, data?.recordManualValidation.validatedAt ?? null);
    } catch (error) {
      setFault(footlightErrors(error)[0] ?? null);
    } finally {
      setSending(false);
    }
  };
  return { send, isSending, fault };
}
