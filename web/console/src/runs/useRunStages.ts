import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { stagesOfVersion } from './pinned.ts';
import type { ListedRun, RowStage, StagesOf } from './stages.ts';

/** The stages that a run is pinned to, also where its workflow has changed since; null until they are known. */
export function useRunStages(run: ListedRun | null, stagesOf: StagesOf): readonly RowStage[] | null {
  const client = useApolloClient();
  const listed = run && stagesOf(run);
  const [pinned, setPinned] = useState<readonly RowStage[] | null>(null);
  const isLeft = run !== null && listed === null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run never changes its version.
  useEffect(() => {
    if (!isLeft) return;
    let isHere = true;
    stagesOfVersion(client, run).then((stages) => isHere && setPinned(stages));
    return () => {
      isHere = false;
    };
  }, [client, isLeft, run?.id]);
  return listed ?? pinned;
}
