import type { RunState } from '@footlight/client';
import { memo, useEffect, useRef } from 'react';
import { useMedia } from '../ui/useMedia.ts';
import { AttemptNotes } from './attempt/AttemptNotes.tsx';
import type { RunNow } from './useRunNow.ts';
import { RunNotes } from './RunNotes.tsx';
import { NARROW, type RunShown } from './RunView.tsx';
import type { RunStage } from './stages.ts';

interface Props {
  execution: RunShown;
  run: RunState;
  stages: readonly RunStage[];
  now: RunNow | null;
  chosen: string | null;
  onChoose: (logId: string | null) => void;
  className?: string | undefined;
}

/** The attempt that was chosen, else the run as a whole. */
export const Margin = memo(function Margin({ execution, run, stages, now, chosen, onChoose, className }: Props) {
  const box = useRef<HTMLElement>(null);
  const attempt = run.attempts.find(({ logId }) => logId === chosen);
  const isNarrow = useMedia(NARROW);
  useShown(box, isNarrow ? chosen : null);
  return (
    <aside ref={box} className={className} aria-label={attempt ? 'The chosen answer' : 'The run'}>
      {attempt ? (
        <AttemptNotes key={attempt.logId} attempt={attempt} run={run} stages={stages} onChoose={onChoose} />
      ) : (
        <RunNotes execution={execution} now={now} />
      )}
    </aside>
  );
});

/** What lies below is brought into view when it is chosen. */
function useShown(box: React.RefObject<HTMLElement | null>, chosen: string | null): void {
  const before = useRef(chosen);
  useEffect(() => {
    if (before.current !== chosen && chosen !== null) box.current?.scrollIntoView();
    before.current = chosen;
  }, [box, chosen]);
}
