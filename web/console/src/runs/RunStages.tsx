import { Took } from '../run/Ticking.tsx';
import { Shape } from '../ui/Mark.tsx';
import { Note } from '../ui/Note.tsx';
import { counted } from '../ui/time.ts';
import type { StageSoFar } from './attempts.ts';
import styles from './ChosenRun.module.css';
import { Lamps } from './Lamps.tsx';
import { lampsOf, type Place } from './lamps.ts';

interface Props {
  run: Place;
  /** Those that were begun. */
  stages: readonly StageSoFar[];
  /** Of all that there are. */
  orders: readonly number[];
}

/** The stages that were begun, a line each. */
export function RunStages({ run, stages, orders }: Props) {
  const all = Math.max(orders.length, stages.length);
  const label = `${counted(stages.length, 'stage')} begun, of ${all}`;
  const attempted = { stages: new Map(stages.map((stage) => [stage.order, stage])), isWhole: true };
  return (
    <Note title="Stages" tools={<Lamps lamps={lampsOf(run, orders, attempted)} label={label} />}>
      {stages.length === 0 && <p className="faint">None was begun.</p>}
      <ol className={styles.stages}>
        {stages.map(({ order, name, attempts, tookMs, since, mark, word }) => (
          <li key={order}>
            <span className="faint">{order}</span>
            <span className={styles[mark]}>
              <Shape name={mark} />
              <span className="away">{word}</span>
            </span>
            <bdi className={styles.stage}>{name ?? 'Without a name'}</bdi>
            <span className="faint">
              {attempts > 1 && `×${attempts}`} <Took ms={tookMs} since={since} />
            </span>
          </li>
        ))}
      </ol>
    </Note>
  );
}
