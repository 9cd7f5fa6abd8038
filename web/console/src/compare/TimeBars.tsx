import type { TimeKind } from '@footlight/client';
import type { CSSProperties } from 'react';
import { classes } from '../ui/classes.ts';
import { duration } from '../ui/time.ts';
import type { AtStage, StagePair } from './pairs.ts';
import { numberOf, StageNames } from './StageNames.tsx';
import styles from './TimeBars.module.css';
import { awayTime, ownTime } from './times.ts';

/** What is drawn to scale. Waits for people are said in words: one would dwarf everything else. */
const DRAWN: readonly TimeKind[] = ['model', 'judge', 'retry', 'turn'];

/** Of each stage where its time went, the left run above the right one, all to one scale. */
export function TimeBars({ pairs }: { pairs: readonly StagePair[] }) {
  const sides = pairs.flatMap(({ left, right }) => [left, right]);
  const longest = Math.max(1, ...sides.map((stage) => (stage?.times ? ownTime(stage.times) : 0)));
  return (
    <>
      <ol className={styles.stages}>
        {pairs.map((pair) => (
          <li key={pair.key}>
            <span className={styles.name}>
              {numberOf(pair)} <StageNames pair={pair} />
            </span>
            <Away left={pair.left} right={pair.right} />
            <Bar which="left" stage={pair.left} longest={longest} />
            <Bar which="right" stage={pair.right} longest={longest} />
          </li>
        ))}
      </ol>
      <p className={styles.legend}>
        <span>
          <i className={classes(styles.key, styles.model)} /> models
        </span>
        <span>
          <i className={classes(styles.key, styles.judge)} /> judges
        </span>
        <span>
          <i className={classes(styles.key, styles.retry)} /> before retries, its turn
        </span>
      </p>
    </>
  );
}

/** How long people were waited for, where they were. */
function Away({ left, right }: Pick<StagePair, 'left' | 'right'>) {
  const [one, other] = [left, right].map((stage) => (stage?.times ? awayTime(stage.times) : 0)) as [number, number];
  if (one === 0 && other === 0) return null;
  const told = (ms: number) => (ms === 0 ? 'none' : duration(ms));
  return <span className={styles.away}>{`waiting for people: left ${told(one)}, right ${told(other)}`}</span>;
}

function Bar({ which, stage, longest }: { which: 'left' | 'right'; stage: AtStage | null; longest: number }) {
  const times = stage?.times;
  return (
    <span className={styles.line}>
      <span className={styles.side}>
        {which}
        <span className="away">:</span>
      </span>
      <span className={styles.track} aria-hidden="true">
        {times &&
          DRAWN.map((kind) => (
            <i
              key={kind}
              className={styles[kind]}
              style={{ '--w': `${(times[kind] / longest) * 100}%` } as CSSProperties}
            />
          ))}
      </span>
      <span className={styles.long}>{times ? duration(ownTime(times)) : 'none'}</span>
    </span>
  );
}
