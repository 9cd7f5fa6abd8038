import { type Attempt, hasEnded, type RunState } from '@footlight/client';
import { memo, useMemo, useRef } from 'react';
import { Button } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Key } from '../../ui/Key.tsx';
import { useKeys } from '../../ui/keys.ts';
import { visitStanding } from '../programme.ts';
import type { RunStage } from '../stages.ts';
import { SceneView } from './SceneView.tsx';
import { type Scene, scenesOf } from './scenes.ts';
import styles from './Script.module.css';
import { useFollow } from './useFollow.ts';

interface Props {
  run: RunState;
  /** The same without the words that came since its last event. */
  still: RunState;
  stages: readonly RunStage[];
  chosen: string | null;
  onChoose: (logId: string) => void;
  className?: string | undefined;
}

/** The run as it reads. Its end stays in view while it grows, until the reader scrolls. */
export const Script = memo(function Script({ run, still, stages, chosen, onChoose, className }: Props) {
  const scenes = useScenes(still, stages);
  const isLive = still.status !== null && !hasEnded(still.status);
  const follow = useFollow(isLive);
  useKeys([
    { keys: 'E', does: 'to the end of the text', run: follow.toEnd },
    { keys: 'Esc', does: 'stay where the text is', run: follow.stay },
  ]);
  return (
    <section
      ref={follow.script}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
      tabIndex={0}
      aria-label="The run as it reads"
      className={classes(styles.script, className)}
    >
      <div className={styles.scenes}>
        <div onClickCapture={({ target }) => target instanceof Element && follow.hold(target)}>
          {scenes.map(({ scene, ...told }) => (
            <SceneView
              key={scene.key}
              scene={scene}
              growing={growing(run, scene)}
              chosen={chosenOf(scene, chosen)}
              onChoose={onChoose}
              {...told}
            />
          ))}
        </div>
        {scenes.length === 0 && isLive && <p className={styles.empty}>The first words will stand here.</p>}
        <div className={classes(styles.follow, !follow.isAtEnd && styles.raised)}>
          {isLive && follow.isAtEnd && (
            <p>
              Following the text as it comes{' '}
              <span className={styles.how}>
                Scroll, or <Key>Esc</Key>, to stay
              </span>
            </p>
          )}
          {!follow.isAtEnd && (
            <Button onClick={follow.toEnd} className={styles.toEnd}>
              To the end <Key>E</Key>
            </Button>
          )}
        </div>
        <div ref={follow.end} className={styles.end} />
      </div>
    </section>
  );
});

/** The scenes as they stand at the run's last event, with what their heads say. */
function useScenes(run: RunState, stages: readonly RunStage[]) {
  const last = useRef<Scene[]>([]);
  return useMemo(() => {
    last.current = scenesOf(run, last.current);
    return last.current.map((scene, index, all) => {
      const stage = stages.find(({ stageOrder }) => stageOrder === scene.stageOrder);
      const { mark, word } = visitStanding(stage, scene.attempts, run);
      const logId = scene.attempts.at(-1)?.logId;
      const retryAt = run.waits.find((wait) => wait.kind === 'retry' && wait.logId === logId)?.until ?? null;
      return { scene, stage, mark, word, retryAt, isLast: index === all.length - 1 };
    });
  }, [run, stages]);
}

const chosenOf = ({ attempts }: Scene, chosen: string | null): string | null =>
  attempts.some(({ logId }) => logId === chosen) ? chosen : null;

/** So many texts of one scene are shown at once while they grow. */
const MOST_GROWING = 3;
const NONE: readonly Attempt[] = [];

/** The scene's attempts under way, with the words as far as they came. */
function growing(run: RunState, { stageOrder, visit }: Scene): readonly Attempt[] {
  const found: Attempt[] = [];
  for (const index of run.open) {
    const attempt = run.attempts[index];
    if (attempt?.stageOrder === stageOrder && (attempt.visit ?? 1) === visit) found.push(attempt);
    if (found.length === MOST_GROWING) break;
  }
  return found.length === 0 ? NONE : found;
}
