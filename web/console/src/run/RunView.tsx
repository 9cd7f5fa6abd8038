import { initialRun, type RunState } from '@footlight/client';
import { useRun } from '@footlight/client/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { classes } from '../ui/classes.ts';
import { Columns, Page } from '../ui/Page.tsx';
import { withAnswered } from './answered.ts';
import { Margin } from './Margin.tsx';
import { GoneRun } from './GoneRun.tsx';
import { Programme } from './Programme.tsx';
import type { RunQuery } from './Run.generated.ts';
import { RunFoot } from './RunFoot.tsx';
import { RunHead } from './RunHead.tsx';
import styles from './RunView.module.css';
import { Script } from './script/Script.tsx';
import { sceneId } from './script/scenes.ts';
import { stagesOf } from './stages.ts';
import { useAttemptKeys } from './useAttemptKeys.ts';
import { useCalm } from './useCalm.ts';
import { useChosen } from './useChosen.ts';
import { useIsRead } from './useIsRead.ts';
import { type RunNow, useRunNow } from './useRunNow.ts';
import { useStill } from './useStill.ts';
import { useTakenOver } from './useTakenOver.ts';

/** Where the columns lie below each other, and the page scrolls. */
export const NARROW = '(max-width: 1100px)';

export type RunShown = NonNullable<RunQuery['execution']>;

/** A run, live: its stages, what was said, one attempt in the margin, and its time at the foot. */
export function RunView({ execution }: { execution: RunShown }) {
  const { id, definition, rerunOf } = execution;
  // Answers that had finished before are read where they are looked at.
  const watched = useRun(id, { deltas: 'new' });
  const { error } = watched;
  const unread = useMemo(() => initialRun(id), [id]);
  const heard = useIsRead(watched.run, execution.status) ? watched.run : unread;
  const quiet = useStill(heard);
  const now = useRunNow(quiet);
  const [run, still] = [useAnswered(heard, now), useAnswered(quiet, now)];
  const calm = useCalm(still);
  // What lies below the stages is shown once they are drawn.
  const isComing = calm.status === null && !error;
  const below = !useIsLate(isComing) && isComing && styles.below;
  const stages = useMemo(() => stagesOf(definition), [definition]);
  const takenOver = useTakenOver(id, rerunOf?.id ?? null);
  const { chosen, choose } = useChosen();
  useAttemptKeys(still, chosen, choose);
  const goTo = useGoTo(still, choose);
  const isGrowing = run.open.some((index) => run.attempts[index]?.logId === chosen);
  if (error?.code === 'NOT_FOUND') return <GoneRun />;
  return (
    <Page>
      <RunHead execution={execution} run={still} stages={stages} now={now} chosen={chosen} onChoose={choose} />
      <Columns shape="run">
        <Programme
          className={classes(styles.programme, below)}
          run={calm}
          stages={stages}
          takenOver={takenOver}
          chosen={chosen}
          onChoose={goTo}
        />
        <Script className={styles.script} run={run} still={still} stages={stages} chosen={chosen} onChoose={choose} />
        <Margin
          className={classes(styles.margin, below)}
          execution={execution}
          run={isGrowing ? run : still}
          stages={stages}
          now={now}
          chosen={chosen}
          onChoose={choose}
        />
      </Columns>
      <RunFoot run={calm} stages={stages} chosen={chosen} onChoose={goTo} />
    </Page>
  );
}

const useAnswered = (run: RunState, now: RunNow | null) => useMemo(() => withAnswered(run, now), [run, now]);

/** In milliseconds: what keeps its place until the text above it is there stands there without it after so long. */
const LATE = 1000;

function useIsLate(isComing: boolean): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isComing) return;
    const timer = setTimeout(() => setLate(true), LATE);
    return () => clearTimeout(timer);
  }, [isComing]);
  return isLate;
}

/** Chooses an attempt, and shows its scene beside it where there is room for both. */
function useGoTo(run: RunState, choose: (logId: string) => void): (logId: string) => void {
  const latest = useRef(run);
  latest.current = run;
  return useCallback(
    (logId) => {
      choose(logId);
      const attempt = latest.current.attempts.find((one) => one.logId === logId);
      if (!attempt || window.matchMedia(NARROW).matches) return;
      document.getElementById(sceneId(attempt.stageOrder, attempt.visit))?.scrollIntoView();
    },
    [choose],
  );
}
