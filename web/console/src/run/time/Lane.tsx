import { BarButton } from './BarButton.tsx';
import styles from './Lane.module.css';
import type { TimeLayout } from './layout.ts';
import { inOrder, placed, stopOf, stopOfLog, stopsOf } from './stops.ts';
import { useRoving } from './useRoving.ts';
import { Wait } from './Wait.tsx';

export interface PictureProps {
  layout: TimeLayout;
  chosenLog: string | null;
  onChoose: (logId: string) => void;
  /** Folds or unfolds the wait that began then. */
  onFold: (from: number) => void;
}

/** All of a run's time as one lane, for its stages follow each other. */
export function Lane({ layout, chosenLog, onChoose, onFold }: PictureProps) {
  const { width, bars, blocks, labels, ticks, toCome } = layout;
  const chosen = stopOfLog(layout, chosenLog);
  const { ref, at, onKeyDown, onFocus } = useRoving<HTMLDivElement>(stopsOf(layout), chosen);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in.
    <div
      ref={ref}
      role="group"
      aria-label="Timeline, to scale, waiting folded"
      className={styles.lane}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      <span className={styles.base} />
      {inOrder([...bars, ...blocks]).map((one) =>
        'wait' in one ? (
          <Wait key={stopOf(one)} block={one} whole={width} isStop={at === stopOf(one)} onFold={onFold} />
        ) : (
          <BarButton
            key={one.id}
            bar={one}
            whole={width}
            isChosen={one.id === chosen}
            isStop={at === one.id}
            onChoose={onChoose}
          />
        ),
      )}
      <div aria-hidden="true" className={styles.words}>
        {labels.map(({ id, place, text, voice }) => (
          <span key={id} className={`${styles.label} ${styles[voice]}`} style={placed(width, place)}>
            {text}
          </span>
        ))}
        {toCome.map((stage) => (
          <span key={stage.stageOrder} className={styles.toCome} style={placed(width, stage.place, stage.width)}>
            {stage.hasNumber && stage.stageOrder}
          </span>
        ))}
        {ticks.map(({ place, label }) => (
          <span key={place} className={styles.tick} style={placed(width, place)}>
            {label}
          </span>
        ))}
      </div>
    </div>
  );
}
