import { useApolloClient } from '@apollo/client/react';
import { type FootlightError, footlightErrors } from '@footlight/client';
import { useState } from 'react';
import { exactValue } from '../../exact/exact.ts';
import { inputsOfRun } from '../../start/earlier.ts';
import type { DraftState } from '../draft/useDraft.ts';
import { TryAnewDocument } from './TryAnew.generated.ts';
import { TryOnRunDocument } from './TryOnRun.generated.ts';

export interface Trying {
  /** The run in which it is tried. */
  runId: string | null;
  isStarting: boolean;
  refusal: FootlightError | null;
  /** That stage alone, on what a run had. */
  onRun: (executionId: string) => void;
  /** A new run up to that stage, with these inputs, or with those of a run. */
  anew: (inputs: { of: string } | { inputs: Record<string, unknown> }) => void;
}

/** Saves what was changed, then runs the stage. */
export function useTry(state: DraftState, workflowId: string, order: number, onTried: () => void): Trying {
  const client = useApolloClient();
  const [runId, setRunId] = useState<string | null>(null);
  const [isStarting, setIsStarting] = useState(false);
  const [refusal, setRefusal] = useState<FootlightError | null>(null);

  const begin = async (start: () => Promise<string | null>) => {
    setIsStarting(true);
    setRefusal(null);
    setRunId(null);
    try {
      // What keeps it from being saved is said where it is saved.
      if (state.changes > 0 && !(await state.save())) return;
      setRunId(await start());
      onTried();
    } catch (error) {
      setRefusal(footlightErrors(error)[0] ?? { code: 'UNKNOWN', message: String(error) });
    } finally {
      setIsStarting(false);
    }
  };

  const onRun = (executionId: string) =>
    begin(async () => {
      const input = { executionId, fromStageOrder: order, untilStageOrder: order, useLatestVersion: true };
      const { data } = await client.mutate({ mutation: TryOnRunDocument, variables: { input } });
      return data?.rerunExecution.id ?? null;
    });

  const anew = (from: { of: string } | { inputs: Record<string, unknown> }) =>
    begin(async () => {
      const inputs = 'of' in from ? await inputsOf(from.of) : from.inputs;
      const input = { workflowId, inputs, untilStageOrder: order };
      const { data } = await client.mutate({ mutation: TryAnewDocument, variables: { input } });
      return data?.startExecution.id ?? null;
    });

  const inputsOf = async (id: string) => {
    const written = await inputsOfRun(client, id);
    const inputs = 'text' in written ? exactValue(written.text) : written;
    if ('fault' in inputs) throw new Error(inputs.fault);
    return inputs.value;
  };

  return { runId, isStarting, refusal, onRun, anew };
}
