import { useQuery } from '@apollo/client/react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { useExact } from '../exact/useExact.ts';
import { Button } from '../ui/Button.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { Unread } from '../ui/Unread.tsx';
import { Comparison } from './Comparison.tsx';
import { DeleteDialog } from './DeleteDialog.tsx';
import { NameDialog } from './NameDialog.tsx';
import { RestoreDialog } from './RestoreDialog.tsx';
import { SnapshotDocument, type SnapshotQuery } from './Snapshot.generated.ts';
import styles from './SnapshotDetail.module.css';

export type Snapshot = NonNullable<SnapshotQuery['snapshot']>;

export interface Listed {
  id: string;
  name: string;
  createdAt: string;
  sourceWorkflow: { id: string } | null;
}

/** One snapshot: what it is, what can be done with it, and what differs from it. */
export function SnapshotDetail({
  id,
  against,
  others,
}: {
  id: string;
  against: string | undefined;
  others: readonly Listed[];
}) {
  const variables = { id };
  const fetchPolicy = usePolicy(SnapshotDocument, variables);
  const brought = useQuery(SnapshotDocument, { variables, fetchPolicy });
  const { data, error, retry } = useExact(SnapshotDocument, variables, brought);
  const navigate = useNavigate();
  const [asks, setAsks] = useState<'restore' | 'rename' | 'delete' | null>(null);
  const snapshot = data?.snapshot;
  if (error && !snapshot) return <Unread what="The snapshot could not be read" error={error} retry={retry} />;
  if (data && !snapshot) return <Quiet>There is no such snapshot any more.</Quiet>;
  if (!snapshot) return <Ghost />;
  const close = () => setAsks(null);
  return (
    <article className={styles.detail} aria-labelledby="snapshot">
      <p className={styles.back}>
        <Link to="." search={{}}>
          All snapshots
        </Link>
      </p>
      <header className={styles.head}>
        <div>
          <h2 id="snapshot" dir="auto">
            {snapshot.name}
          </h2>
          <p className={styles.about}>
            {snapshot.type === 'automatic' ? 'Saved by itself before a restore, ' : 'Taken '}
            <Moment at={snapshot.createdAt} />
          </p>
        </div>
        <div className={styles.acts}>
          <Button onClick={() => setAsks('restore')}>Restore…</Button>
          <Button look="bare" onClick={() => setAsks('rename')}>
            Rename…
          </Button>
          <Button look="bare" onClick={() => setAsks('delete')}>
            Delete…
          </Button>
        </div>
        {snapshot.description && (
          <p className={styles.description} dir="auto">
            {snapshot.description}
          </p>
        )}
      </header>
      <Comparison snapshot={snapshot} against={against} others={others} />
      {asks === 'restore' && <RestoreDialog snapshot={snapshot} onClose={close} />}
      {asks === 'rename' && <NameDialog of={{ snapshot }} onClose={close} onDone={() => {}} />}
      {asks === 'delete' && (
        <DeleteDialog
          snapshot={snapshot}
          onClose={close}
          onDone={() => navigate({ to: '.', search: {}, replace: true })}
        />
      )}
    </article>
  );
}
