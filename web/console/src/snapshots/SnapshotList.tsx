import { Link, useNavigate } from '@tanstack/react-router';
import { WordButton } from '../ui/Button.tsx';
import { sayWhyNot } from '../ui/failure.ts';
import { useKeys } from '../ui/keys.ts';
import { Moment } from '../ui/Moment.tsx';
import styles from './SnapshotList.module.css';
import type { SnapshotsQuery } from './Snapshots.generated.ts';

export function SnapshotList({
  list: { nodes, pageInfo },
  chosen,
  showsWorkflow,
  more,
}: {
  list: SnapshotsQuery['snapshots'];
  chosen: string | undefined;
  showsWorkflow: boolean;
  more: () => Promise<unknown>;
}) {
  const navigate = useNavigate();
  const go = (by: 1 | -1) => {
    const at = nodes.findIndex(({ id }) => id === chosen);
    const next = nodes[at < 0 ? 0 : at + by];
    if (next) navigate({ to: '.', search: { chosen: next.id }, replace: true });
  };
  useKeys([
    { keys: 'J', does: 'next snapshot', run: () => go(1) },
    { keys: 'K', does: 'snapshot before', run: () => go(-1) },
  ]);
  return (
    <nav aria-label="Snapshots">
      <ol className={styles.list}>
        {nodes.map(({ id, name, type, createdAt, sourceWorkflow }) => (
          <li key={id}>
            <Link to="." search={{ chosen: id }} aria-current={id === chosen ? 'true' : undefined}>
              <span className={styles.name} dir="auto">
                {name}
              </span>
              <span className={styles.about}>
                <Moment at={createdAt} />
                {type === 'automatic' && <span>saved before a restore</span>}
                {showsWorkflow && <bdi>{sourceWorkflow?.name ?? 'its workflow is gone'}</bdi>}
              </span>
            </Link>
          </li>
        ))}
      </ol>
      {pageInfo.hasNextPage && (
        <p className={styles.more}>
          <WordButton onClick={() => more().catch(sayWhyNot)}>Show more</WordButton>
        </p>
      )}
    </nav>
  );
}
