import { Link } from '@tanstack/react-router';
import { Lamps } from '../runs/Lamps.tsx';
import { lampsByPlace } from '../runs/lamps.ts';
import { Mark } from '../ui/Mark.tsx';
import { statusMark } from '../ui/status.ts';
import { placeWords, sinceWords } from './entry.ts';
import type { WorkflowEntryFragment } from './WorkflowEntry.generated.ts';
import styles from './WorkflowsPage.module.css';

/** How the last run went, or where it is. */
export function LastRun({
  run,
  stages,
}: {
  run: WorkflowEntryFragment['executions']['nodes'][number] | undefined;
  /** The orders of the stages as they are now. */
  stages: readonly number[];
}) {
  if (!run) return <p className={`${styles.last} faint`}>Has not run yet</p>;
  const { mark, word } = statusMark(run.status, run.statusReason);
  return (
    <div className={styles.last}>
      <p>
        <Link to="/runs/$runId" params={{ runId: run.id }}>
          <Mark name={mark}>{word}</Mark>
        </Link>{' '}
        <span className="faint">{sinceWords(run, new Date())}</span>
      </p>
      <p>
        <Lamps lamps={lampsByPlace(run, stages)} label={placeWords(run, stages)} />
      </p>
    </div>
  );
}
