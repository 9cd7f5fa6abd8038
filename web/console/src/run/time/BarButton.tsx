import type { CSSProperties } from 'react';
import { classes } from '../../ui/classes.ts';
import styles from './Bar.module.css';
import type { Bar } from './bars.ts';
import { placed, share } from './stops.ts';

interface Props {
  bar: Bar;
  /** How wide what it lies on is. */
  whole: number;
  isChosen: boolean;
  isStop: boolean;
  onChoose: (logId: string) => void;
}

/** In pixels. */
const ROOM_FOR_CROSS = 14;

/** An attempt: to scale, named by what became of it. */
export function BarButton({ bar, whole, isChosen, isStop, onChoose }: Props) {
  const { id, name, place, width, parts, outcome, track, tracks, logId } = bar;
  const tracked = tracks > 1 ? { '--track': track, '--tracks': tracks } : {};
  return (
    <button
      type="button"
      className={classes(
        styles.bar,
        styles[outcome],
        tracks > 1 && styles.tracked,
        width >= ROOM_FOR_CROSS && styles.roomy,
      )}
      style={{ ...placed(whole, place, width), ...tracked } as CSSProperties}
      aria-label={name}
      aria-current={isChosen || undefined}
      title={name}
      tabIndex={isStop ? 0 : -1}
      data-stop={id}
      onClick={() => onChoose(logId)}
    >
      {parts.map((part) => (
        <span
          key={`${part.kind}${part.place}`}
          className={styles[part.kind]}
          style={part.width < width ? partly(width, part.place, part.width) : undefined}
        />
      ))}
    </button>
  );
}

/** As its style sheet has it for what takes all of the bar. */
const partly = (whole: number, place: number, width: number): CSSProperties => ({
  left: share(whole, place),
  width: `max(${share(whole, width)} - 1px, 3px)`,
});
