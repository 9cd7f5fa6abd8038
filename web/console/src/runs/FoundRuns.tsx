import { useFragment } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { classes } from '../ui/classes.ts';
import { Moment } from '../ui/Moment.tsx';
import { shortId } from '../ui/shortId.ts';
import { RunRowFragmentDoc } from './RunRow.generated.ts';
import styles from './Views.module.css';

/** More than these are not told apart by what was written of their id. */
const MOST = 10;

/** The runs that have the id that is looked for. */
export function FoundRuns({ ids }: { ids: readonly string[] }) {
  if (ids.length === 0) {
    return (
      <p className={styles.hint}>
        No run of yours has an id like that. A run’s head copies all of its id, which finds it wherever it is.
      </p>
    );
  }
  return (
    <>
      <ul className={styles.found}>
        {ids.slice(0, MOST).map((id) => (
          <li key={id}>
            <FoundRun id={id} />
          </li>
        ))}
      </ul>
      {ids.length > MOST && <p className={styles.hint}>More of them begin so: write more of the id.</p>}
    </>
  );
}

function FoundRun({ id }: { id: string }) {
  const { data: run, complete } = useFragment({
    fragment: RunRowFragmentDoc,
    fragmentName: 'RunRow',
    from: { __typename: 'Execution', id },
  });
  return (
    <Link to="/runs/$runId" params={{ runId: id }} className={styles.view}>
      <span className={classes('exact', styles.id)}>{shortId(id)}</span>
      {complete && <bdi className={styles.title}>{run.workflow?.name ?? 'A workflow that was deleted'}</bdi>}
      {complete && (
        <span className={styles.count}>
          <Moment at={run.createdAt} />
        </span>
      )}
    </Link>
  );
}
