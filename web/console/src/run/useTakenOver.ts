import { useQuery } from '@apollo/client/react';
import { useMemo } from 'react';
import { TakenOverDocument } from './TakenOver.generated.ts';
import { stagesIn, type TakenOver } from './takenOver.ts';

/** Of a run that repeats another one: which stages it has taken over. No other run is asked, for the answer may be long. */
export function useTakenOver(id: string, repeats: string | null): TakenOver | null {
  const { data } = useQuery(TakenOverDocument, { variables: { id }, skip: repeats === null, fetchPolicy: 'no-cache' });
  const context = data?.execution?.executionContext;
  return useMemo(
    () => (repeats === null || context === undefined ? null : { runId: repeats, stages: new Set(stagesIn(context)) }),
    [repeats, context],
  );
}
