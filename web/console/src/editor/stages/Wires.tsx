import { useMemo } from 'react';
import { classes } from '../../ui/classes.ts';
import type { DraftStage } from '../draft/draft.ts';
import { arrowPath, lanesOf, ROW, TRUNK, trunkPath, WIDTH, wirePath, yOf } from './geometry.ts';
import { useSame } from '../text/useSame.ts';
import { isTrunk, layWires } from './lanes.ts';
import styles from './Wires.module.css';
import { wiresOf } from './wires.ts';

/** The ways between stages as lines beside them; the rows say the same in words. */
export function Wires({ stages, chosen }: { stages: readonly DraftStage[]; chosen: number }) {
  const wires = useSame(useMemo(() => wiresOf(stages), [stages]));
  const laid = useMemo(() => layWires(wires.filter((wire) => !isTrunk(wire))), [wires]);
  const lanes = lanesOf(laid);
  // What leaves the chosen stage lies over the others.
  const drawn = laid.toSorted((one, other) => Number(one.from === chosen) - Number(other.from === chosen));
  return (
    <svg className={styles.wires} width={WIDTH} height={stages.length * ROW} aria-hidden="true">
      {wires.filter(isTrunk).map(({ from }) => (
        <path key={from} d={trunkPath(from)} className={classes(styles.pass, from === chosen && styles.own)} />
      ))}
      {drawn.map((wire) => (
        <g
          key={`${wire.kind} ${wire.from} ${wire.to}`}
          className={classes(styles[wire.kind], wire.from === chosen && styles.own)}
        >
          <path d={wirePath(wire, lanes)} />
          <path d={arrowPath(wire)} className={styles.arrow} />
        </g>
      ))}
      {stages.map((stage, place) => (
        <circle
          key={stage.local}
          cx={TRUNK}
          cy={yOf(place)}
          r={place === chosen ? 4.5 : 3.5}
          className={place === chosen ? styles.here : styles.pass}
        />
      ))}
    </svg>
  );
}
