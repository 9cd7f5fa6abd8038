import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { CheckDraftDocument } from './CheckDraft.generated.ts';
import type { Draft } from './draft.ts';
import { hintsOf } from './hints.ts';
import { stageInputs } from './input.ts';
import { type Problem, problemsOf } from './problems.ts';

const PAUSE = 250;

/**
 * What the server says of the draft as it is: asked once it has been left alone for a moment; the latest answer stays.
 * Null: it has said nothing yet.
 */
export function useProblems(draft: Draft, inputNames: readonly string[]): readonly Problem[] | null {
  const client = useApolloClient();
  const [problems, setProblems] = useState<readonly Problem[] | null>(null);
  // Names and descriptions break nothing that is checked.
  const { stages, outputMapping } = draft;
  useEffect(() => {
    let isLatest = true;
    const asked = { name: '', description: null, metadata: null, stages, outputMapping };
    const timer = setTimeout(async () => {
      const variables = { input: { stages: stageInputs(asked), outputMapping } };
      try {
        const { data } = await client.query({ query: CheckDraftDocument, variables, fetchPolicy: 'no-cache' });
        if (isLatest && data) setProblems([...problemsOf(asked, data.checkWorkflow), ...hintsOf(asked, inputNames)]);
      } catch {
        // What was found before stays: the next change asks again, and a save says what is wrong.
      }
    }, PAUSE);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [client, stages, outputMapping, inputNames]);
  return problems;
}
