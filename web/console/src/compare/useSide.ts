import { useQuery } from '@apollo/client/react';
import { hasEnded, timeOf } from '@footlight/client';
import { useRun } from '@footlight/client/react';
import { useEffect, useMemo } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { useExact } from '../exact/useExact.ts';
import { stagesOf } from '../run/stages.ts';
import { useIsRead } from '../run/useIsRead.ts';
import { useTakenOver } from '../run/useTakenOver.ts';
import { withoutJudges } from '../run/withoutJudges.ts';
import { useNow } from '../ui/useNow.ts';
import { CompareRunDocument, type CompareRunQuery } from './CompareRun.generated.ts';
import type { Side } from './pairs.ts';

type ComparedRun = NonNullable<CompareRunQuery['execution']>;

/** One of the two runs, live where it still runs. */
export interface KnownSide extends Side {
  readonly execution: ComparedRun;
}

export type SideState = { known: KnownSide } | { known: null; isGone: boolean; error: unknown; retry: Retry | null };

/** There is none where only the events could not be read: that is tried again by who comes next. */
type Retry = () => unknown;

export function useSide(id: string): SideState {
  const variables = { id };
  const fetchPolicy = usePolicy(CompareRunDocument, variables);
  const brought = useQuery(CompareRunDocument, { variables, fetchPolicy });
  const { refetch } = brought;
  const { data, error, retry } = useExact(CompareRunDocument, variables, brought);
  const watched = useRun(id);
  const { run } = watched;
  const isOver = hasEnded(run.status);
  const now = useNow(run.status !== null && !isOver);
  const execution = data?.execution;
  const stages = useMemo(() => stagesOf(execution?.definition), [execution?.definition]);
  const time = useMemo(() => timeOf(withoutJudges(run, stages), isOver ? 0 : now), [run, stages, isOver, now]);
  // Its tokens are counted when it has ended; until then they are as far as they were.
  const isStale = isOver && execution !== undefined && execution?.status !== run.status;
  useEffect(() => {
    if (isStale) refetch().catch(() => {});
  }, [isStale, refetch]);
  const isRead = useIsRead(run, execution?.status ?? null);
  const takenOver = useTakenOver(id, execution?.rerunOf?.id ?? null);
  const known = useMemo(
    () => (execution && isRead ? { execution, definition: execution.definition, run, time, takenOver } : null),
    [execution, isRead, run, time, takenOver],
  );
  if (known) return { known };
  const isGone = execution === null || watched.error?.code === 'NOT_FOUND';
  return { known: null, isGone, error: error ?? watched.error, retry: error ? retry : null };
}
