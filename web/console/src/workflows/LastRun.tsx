import { Link } from '@tanstack/react-router';
import { Mark } from '../ui/Mark.tsx';
import { isOver, statusMark } from '../ui/status.ts';
import { sinceWords } from './entry.ts';
import type { WorkflowEntryFragment } from './WorkflowEntry.generated.ts';
import styles from './WorkflowsPage.module.css';

/** How the last run went, or where it is. */
export function LastRun({
  run,
  stages,
}: {
  run: WorkflowEntryFragment['executions']['nodes'][number] | undefined;
  stages: number;
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
      {!isOver(run.status) && run.currentStageOrder !== null && (
        <p className="faint">{`at stage ${run.currentStageOrder}${stages > 1 ? ` of ${stages}` : ''}`}</p>
      )}
    </div>
  );
}
