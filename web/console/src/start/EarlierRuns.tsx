import { useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { Given } from '../given/Given.tsx';
import { WordButton } from '../ui/Button.tsx';
import { sayWhyNot } from '../ui/failure.ts';
import { Mark } from '../ui/Mark.tsx';
import { Moment } from '../ui/Moment.tsx';
import { statusMark } from '../ui/status.ts';
import styles from './EarlierRuns.module.css';
import { EarlierRunsDocument } from './EarlierRuns.generated.ts';

/** Runs of the workflow, each of which can fill the form with what it was started with. */
export function EarlierRuns({
  workflowId,
  chosen,
  fault,
}: {
  workflowId: string;
  chosen: string | undefined;
  fault: string | null;
}) {
  const { data, fetchMore } = useQuery(EarlierRunsDocument, { variables: { workflowId } });
  const runs = data?.executions;
  return (
    <section className={styles.earlier} aria-labelledby="earlier">
      <h2 id="earlier">From an earlier run</h2>
      {fault && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
      {runs?.nodes.length === 0 && (
        <p className="soft">It has not run yet. What this run gets can be taken up here next time.</p>
      )}
      <ol className={runs ? undefined : styles.coming}>
        {runs?.nodes.map(({ id, status, statusReason, createdAt, workflowVersion }) => {
          const { mark, word } = statusMark(status, statusReason);
          return (
            <li key={id}>
              <Link
                from="/workflows/$workflowId/start"
                search={(now) => ({ ...now, from: id })}
                replace
                aria-current={id === chosen ? 'true' : undefined}
                activeOptions={{ includeSearch: true }}
              >
                <Moment at={createdAt} />
                <Mark name={mark}>{word}</Mark>
                <span className="faint">{`version ${workflowVersion}`}</span>
                <Given id={id} className={styles.given} />
              </Link>
            </li>
          );
        })}
      </ol>
      {runs?.pageInfo.hasNextPage && (
        <p className={styles.more}>
          <WordButton onClick={() => fetchMore({ variables: { after: runs.pageInfo.endCursor } }).catch(sayWhyNot)}>
            Show more
          </WordButton>
        </p>
      )}
    </section>
  );
}
