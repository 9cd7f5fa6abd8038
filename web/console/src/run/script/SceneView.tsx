import type { Attempt } from '@footlight/client';
import { memo, useRef, useState } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Mark, type MarkName } from '../../ui/Mark.tsx';
import { counted } from '../../ui/time.ts';
import { nth } from '../standing.ts';
import type { RunStage } from '../stages.ts';
import { Answer } from './Answer.tsx';
import { Outcome, Refused, Waits } from './Asides.tsx';
import { Items } from './Items.tsx';
import { type Scene, sceneId } from './scenes.ts';
import styles from './Scene.module.css';
import { useNear } from './useNear.ts';

interface Props {
  scene: Scene;
  /** Those of its attempts that are under way, with the words as far as they came. */
  growing: readonly Attempt[];
  stage: RunStage | undefined;
  mark: MarkName;
  word: string;
  retryAt: string | null;
  isLast: boolean;
  chosen: string | null;
  onChoose: (logId: string) => void;
}

/** As many of the attempts before the last are told at first. */
const AT_FIRST = 3;

/** A visit of a stage: what was refused on the way, and what was said in the end. */
export const SceneView = memo(function SceneView(props: Props) {
  const { scene, growing, stage, mark, word, retryAt, isLast, chosen, onChoose } = props;
  const box = useRef<HTMLElement>(null);
  const isNear = useNear(box);
  const [isOpen, setIsOpen] = useState(false);
  const last = scene.attempts.at(-1) as Attempt;
  const name = scene.stageName ?? stage?.name ?? `Stage ${scene.stageOrder}`;
  const isDone = !isLast && growing.length === 0 && !isOpen;
  return (
    <article
      ref={box}
      id={sceneId(scene.stageOrder, scene.visit)}
      className={classes(styles.scene, isDone && styles.done)}
    >
      <span className={styles.no} aria-hidden="true">
        {scene.stageOrder}
      </span>
      <header>
        <h2 dir="auto">
          <button type="button" aria-pressed={chosen === last.logId} onClick={() => onChoose(last.logId)}>
            {name}
            {scene.visit > 1 && <span className={styles.visit}>, {nth(scene.visit)} visit</span>}
          </button>
        </h2>
        <span className={styles.state}>
          {!isLast && growing.length === 0 && (
            <WordButton className={styles.fold} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
              {isOpen ? 'Fold' : 'Read'}
            </WordButton>
          )}
          <Mark name={mark}>{word}</Mark>
        </span>
      </header>
      <div className={styles.body}>
        {scene.itemCount === null ? (
          <Single {...props} isNear={isNear} />
        ) : (
          <Items scene={scene} growing={growing} stage={stage} total={scene.itemCount} onChoose={onChoose} />
        )}
        {retryAt && <Waits until={retryAt} />}
      </div>
    </article>
  );
});

function Single({ scene, growing, stage, isLast, isNear, onChoose }: Props & { isNear: boolean }) {
  const [all, setAll] = useState(false);
  const last = scene.attempts.at(-1) as Attempt;
  const before = scene.attempts.slice(0, -1);
  const first = all || before.length <= AT_FIRST + 1 ? 0 : before.length - AT_FIRST;
  return (
    <>
      {first > 0 && (
        <p className={styles.more}>
          <WordButton onClick={() => setAll(true)}>{counted(first, 'earlier answer')}</WordButton>
        </p>
      )}
      {before.slice(first).map((attempt) => (
        <Refused key={attempt.logId} attempt={attempt} stage={stage} onChoose={onChoose} />
      ))}
      <Answer attempt={growing[0] ?? last} isNear={isNear} isLast={isLast} />
      <Outcome attempt={last} stage={stage} onChoose={onChoose} />
    </>
  );
}
