import { classes } from '../../ui/classes.ts';
import type { Bar } from './bars.ts';
import { BarButton } from './BarButton.tsx';
import type { PictureProps } from './Lane.tsx';
import type { Block, Stage, TimeLayout } from './layout.ts';
import styles from './Score.module.css';
import { type Stave, stavesOf } from './staves.ts';
import { placed, stopOf, stopOfLog, stopsOf } from './stops.ts';
import { useRoving } from './useRoving.ts';
import { Wait } from './Wait.tsx';

interface Props extends PictureProps {
  stages: readonly Stage[];
}

/** The same time as staves, a row a stage: for loops, many attempts, and items side by side. */
export function Score({ layout, stages, chosenLog, onChoose, onFold }: Props) {
  const chosen = stopOfLog(layout, chosenLog);
  const { ref, at, onKeyDown, onFocus } = useRoving<HTMLDivElement>(stopsOf(layout), chosen);
  const draw = (bar: Bar) => (
    <BarButton
      key={bar.id}
      bar={bar}
      whole={layout.width}
      isChosen={bar.id === chosen}
      isStop={at === bar.id}
      onChoose={onChoose}
    />
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in.
    <div
      ref={ref}
      role="group"
      aria-label="Score, a row for each stage, to scale, waiting folded"
      className={styles.score}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      <Axis layout={layout} at={at} onFold={onFold} />
      {stavesOf(stages, layout).map((stave) => (
        <Row key={stave.stageOrder} stave={stave} layout={layout}>
          {stave.bars.map(draw)}
        </Row>
      ))}
    </div>
  );
}

function Axis({ layout, at, onFold }: { layout: TimeLayout; at: string | null; onFold: (from: number) => void }) {
  const { width, blocks, ticks } = layout;
  return (
    <div className={styles.axis}>
      {blocks.filter(isLong).map((block) => (
        <Wait key={block.wait.from} block={block} whole={width} isStop={at === stopOf(block)} onFold={onFold} />
      ))}
      <span aria-hidden="true">
        {ticks.map(({ place, label }) => (
          <span key={place} className={styles.tick} style={placed(width, place)}>
            {label}
          </span>
        ))}
      </span>
    </div>
  );
}

const isLong = ({ wait }: Block) => wait.isLong;

function Row({ stave, layout, children }: { stave: Stave; layout: TimeLayout; children: React.ReactNode }) {
  const { stageOrder, name, attempts, isLive, bars, waits } = stave;
  return (
    <div className={classes(styles.row, isLive && styles.live, bars.length === 0 && styles.toCome)}>
      <span className={styles.name}>
        <span className={styles.no}>{stageOrder}</span>
        <span className={styles.called} dir="auto">
          {name ?? `Stage ${stageOrder}`}
        </span>
        {attempts > 1 && <span className={styles.times}>×{attempts}</span>}
      </span>
      <span className={styles.track}>
        {layout.blocks.filter(isLong).map(({ wait, place, width }) => (
          <span key={wait.from} className={styles.band} style={placed(layout.width, place, width)} />
        ))}
        {waits.map(({ wait, place, width }) => (
          <span
            key={wait.from}
            className={wait.kind === 'person' ? styles.person : styles.gap}
            style={placed(layout.width, place, width)}
          />
        ))}
        {children}
        {isLive && layout.now !== null && <span className={styles.now} style={placed(layout.width, layout.now)} />}
      </span>
    </div>
  );
}
