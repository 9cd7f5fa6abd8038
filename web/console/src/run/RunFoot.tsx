import { hasEnded, type RunState } from '@footlight/client';
import { getRouteApi } from '@tanstack/react-router';
import { memo, useMemo } from 'react';
import { paths } from '../paths.ts';
import { useNow } from '../ui/useNow.ts';
import type { RunStage } from './stages.ts';
import { TimeFoot } from './time/TimeFoot.tsx';
import { useCalm } from './useCalm.ts';
import { withoutJudges } from './withoutJudges.ts';

const route = getRouteApi(paths.run);

interface Props {
  run: RunState;
  stages: readonly RunStage[];
  chosen: string | null;
  onChoose: (logId: string) => void;
}

/** The foot, which alone is drawn anew by the second. It takes longest to draw: it has a frame after the programme's. */
export const RunFoot = memo(function RunFoot({ run: drawn, stages, chosen, onChoose }: Props) {
  const run = useCalm(drawn);
  const now = useNow(run.status !== null && !hasEnded(run.status));
  const { time = 'lane' } = route.useSearch();
  const navigate = route.useNavigate();
  const told = useMemo(() => withoutJudges(run, stages), [run, stages]);
  return (
    <TimeFoot
      run={told}
      stages={stages}
      now={now}
      chosenLog={chosen}
      onChoose={onChoose}
      view={time}
      onView={(view) =>
        navigate({ search: (search) => ({ ...search, time: view }), replace: true, resetScroll: false })
      }
    />
  );
});
