import { useApolloClient } from '@apollo/client/react';
import { useRouteContext } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { reasonOf } from '../ui/failure.ts';
import { toast } from '../ui/toast.ts';
import { storeDraft, storedDraft } from './draft.ts';
import { inputsOfRun } from './earlier.ts';
import { asFields, fitted, type Form } from './form.ts';
import { emptyFields, fieldsOfText } from './inputs.ts';

export interface StartForm {
  form: Form;
  change: (next: (form: Form) => Form) => void;
  /** Why the inputs of the earlier run did not come. */
  fault: string | null;
  /** Nothing of it is kept any more: this run was started with it. */
  done: (runId: string) => void;
}

/**
 * What stands in the form: what was written in this tab before, or came with the file that the workflow was made of; else
 * the inputs of the run in the address.
 */
export function useStartForm(workflowId: string, names: readonly string[], from: string | undefined): StartForm {
  const client = useApolloClient();
  const { session } = useRouteContext({ from: '__root__' });
  const userId = session.userId();
  const [before] = useState(() => storedDraft(userId, workflowId));
  const [form, setForm] = useState<Form>(() => before?.form ?? asFields(emptyFields(names)));
  const [fault, setFault] = useState<string | null>(null);
  const filledFrom = useRef(before?.from ?? null);
  const isTouched = useRef(before !== null);

  const keep = (next: Form) => {
    isTouched.current = true;
    setForm(next);
    storeDraft(userId, workflowId, { form: next, from: filledFrom.current });
  };

  const current = useRef(form);
  current.current = form;
  // biome-ignore lint/correctness/useExhaustiveDependencies: filled once for each run that is chosen.
  useEffect(() => {
    if (from === undefined || from === filledFrom.current) return;
    let isWanted = true;
    setFault(null);
    const fill = async () => {
      const earlier = await inputsOfRun(client, from);
      const read = 'text' in earlier ? fieldsOfText(earlier.text, names) : earlier;
      if (!isWanted) return;
      if ('fault' in read) return setFault(read.fault);
      const written = current.current;
      const wasTouched = isTouched.current;
      filledFrom.current = from;
      keep(asFields(read.value));
      if (wasTouched) toast('Filled from the earlier run.', { title: 'Undo', run: () => keep(written) });
    };
    fill().catch((error: unknown) => isWanted && setFault(reasonOf(error)));
    return () => {
      isWanted = false;
    };
  }, [from]);

  return {
    form: fitted(form, names),
    change: (next) => keep(next(fitted(current.current, names))),
    fault,
    done: (runId) => {
      // The address names that run next, and there is nothing to fill from it.
      filledFrom.current = runId;
      storeDraft(userId, workflowId, null);
    },
  };
}
