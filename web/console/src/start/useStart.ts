import { footlightErrors } from '@footlight/client';
import { useMutation } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { newKey } from '../newKey.ts';
import { sentValue } from '../exact/exact.ts';
import { type Form, givenNames, inputsText } from './form.ts';
import { refusalsByField } from './refusal.ts';
import { StartRunDocument } from './StartRun.generated.ts';

type Faults = ReadonlyMap<string | null, string>;
const NONE: Faults = new Map();

export interface Start {
  start: () => Promise<void>;
  isStarting: boolean;
  /** What keeps it from starting, by the input; null: the form as a whole. */
  faults: Faults;
  /** Something was changed: what was refused is not said of it any more. */
  forget: () => void;
}

/** Starts a run of what the form says, once, however often it is pressed, and goes to it. */
export function useStart(
  workflowId: string,
  names: readonly string[],
  form: Form,
  until: number | undefined,
  done: (runId: string) => void,
): Start {
  const [run, { loading }] = useMutation(StartRunDocument, { fetchPolicy: 'no-cache' });
  const navigate = useNavigate();
  const [faults, setFaults] = useState(NONE);
  const key = useRef({ of: '', key: '' });

  const start = async () => {
    const written = inputsText(form, names);
    if ('faults' in written) return setFaults(written.faults);
    const inputs = sentValue(written.text);
    if ('fault' in inputs) return setFaults(new Map([[null, inputs.fault]]));
    // The same form is the same start: pressed twice, or again after the connection broke, it makes one run.
    const of = JSON.stringify([written.text, until]);
    if (key.current.of !== of) key.current = { of, key: newKey() };
    const input = { workflowId, inputs: inputs.value, untilStageOrder: until ?? null, clientKey: key.current.key };
    try {
      const { data } = await run({ variables: { input } });
      if (!data) return;
      const { id } = data.startExecution;
      done(id);
      // Whoever comes back finds the form as it was started.
      await navigate({ to: '.', search: { from: id, ...(until === undefined ? {} : { until }) }, replace: true });
      await navigate({ to: '/runs/$runId', params: { runId: id } });
    } catch (error) {
      setFaults(refusalsByField(footlightErrors(error), names, givenNames(form)));
    }
  };

  return { start, isStarting: loading, faults, forget: () => setFaults(NONE) };
}
