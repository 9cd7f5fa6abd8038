import { useQuery } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { Differences } from '../definition/Differences.tsx';
import { differences } from '../definition/differences.ts';
import { useExact } from '../exact/useExact.ts';
import { Choice } from '../ui/Field.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { moment } from '../ui/time.ts';
import { Unread } from '../ui/Unread.tsx';
import styles from './Comparison.module.css';
import { asTold, howMuch } from './compare.ts';
import { DefinitionNowDocument } from './DefinitionNow.generated.ts';
import { SnapshotDocument } from './Snapshot.generated.ts';
import type { Listed, Snapshot } from './SnapshotDetail.tsx';

/** What has changed from a snapshot to the workflow as it is now, or to another snapshot of it. */
export function Comparison({
  snapshot,
  against,
  others,
}: {
  snapshot: Snapshot;
  against: string | undefined;
  others: readonly Listed[];
}) {
  const navigate = useNavigate();
  const source = snapshot.sourceWorkflow;
  const siblings = others.filter(({ id, sourceWorkflow }) => id !== snapshot.id && sourceWorkflow?.id === source?.id);
  return (
    <section aria-labelledby="differs">
      <h3 id="differs" className="away">
        What differs
      </h3>
      <div className={styles.against}>
        <Choice
          label="Changes from here to"
          value={against ?? ''}
          onChange={({ target: { value } }) =>
            navigate({ to: '.', search: { chosen: snapshot.id, ...(value ? { against: value } : {}) }, replace: true })
          }
        >
          {source ? (
            <option value="">the workflow as it is now</option>
          ) : (
            <option value="">its workflow is gone: choose another snapshot</option>
          )}
          {siblings.map(({ id, name, createdAt }) => (
            <option key={id} value={id}>{`“${name}”, ${moment(createdAt)}`}</option>
          ))}
        </Choice>
      </div>
      {against === undefined && source && <AgainstNow snapshot={snapshot} workflowId={source.id} />}
      {against === undefined && !source && (
        <Quiet>The workflow that this was taken of is gone. A new one can be made of the snapshot.</Quiet>
      )}
      {against !== undefined && <AgainstSnapshot snapshot={snapshot} id={against} />}
    </section>
  );
}

function AgainstNow({ snapshot, workflowId }: { snapshot: Snapshot; workflowId: string }) {
  const variables = { id: workflowId };
  const brought = useQuery(DefinitionNowDocument, {
    variables,
    fetchPolicy: usePolicy(DefinitionNowDocument, variables),
  });
  const { data, error, retry } = useExact(DefinitionNowDocument, variables, brought);
  if (data?.workflow) return <Found before={asTold(snapshot.snapshotData)} after={data.workflow} />;
  return <Missing error={error} isGone={data?.workflow === null} retry={retry} />;
}

function AgainstSnapshot({ snapshot, id }: { snapshot: Snapshot; id: string }) {
  const variables = { id };
  const brought = useQuery(SnapshotDocument, { variables, fetchPolicy: usePolicy(SnapshotDocument, variables) });
  const { data, error, retry } = useExact(SnapshotDocument, variables, brought);
  if (data?.snapshot) return <Found before={snapshot.snapshotData} after={data.snapshot.snapshotData} />;
  return <Missing error={error} isGone={data?.snapshot === null} retry={retry} />;
}

function Missing({ error, isGone, retry }: { error: unknown; isGone: boolean; retry: () => unknown }) {
  if (isGone) return <Quiet>The other side of the comparison is not there any more.</Quiet>;
  if (!error) return <Ghost />;
  return <Unread what="It could not be compared" error={error} retry={retry} />;
}

function Found({ before, after }: { before: unknown; after: unknown }) {
  const all = useMemo(() => differences(before, after), [before, after]);
  return (
    <>
      <p className={styles.count}>{`${howMuch(all)}.`}</p>
      <Differences list={all} />
    </>
  );
}
