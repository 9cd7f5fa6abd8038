import { Shape } from '../ui/Mark.tsx';
import { Note } from '../ui/Note.tsx';
import { counted, duration } from '../ui/time.ts';
import { lampsOf, type StageSoFar } from './attempts.ts';
import styles from './ChosenRun.module.css';
import { Lamps } from './Lamps.tsx';

/** The stages that were begun, a line each. */
export function RunStages({ stages, orders }: { stages: readonly StageSoFar[]; orders: readonly number[] }) {
  const all = Math.max(orders.length, stages.length);
  const label = `${counted(stages.length, 'stage')} begun, of ${all}`;
  return (
    <Note title="Stages" tools={<Lamps lamps={lampsOf(stages, orders)} label={label} />}>
      {stages.length === 0 && <p className="faint">None was begun.</p>}
      <ol className={styles.stages}>
        {stages.map(({ order, name, attempts, ms, mark, word }) => (
          <li key={order}>
            <span className="faint">{order}</span>
            <span className={styles[mark]}>
              <Shape name={mark} />
              <span className="away">{word}</span>
            </span>
            <bdi className={styles.stage}>{name ?? 'Without a name'}</bdi>
            <span className="faint">
              {attempts > 1 && `×${attempts}`} {ms > 0 && duration(ms)}
            </span>
          </li>
        ))}
      </ol>
    </Note>
  );
}
