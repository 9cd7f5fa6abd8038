import { skipToken, useQuery } from '@apollo/client/react';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { NotFound } from '../app/NotFound.tsx';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { CopyAs } from '../ui/CopyAs.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Key } from '../ui/Key.tsx';
import { useKeys } from '../ui/keys.ts';
import { Page } from '../ui/Page.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { counted } from '../ui/time.ts';
import { Unread } from '../ui/Unread.tsx';
import { openAsShown } from './asShown.ts';
import { firstPage } from './list.ts';
import { NameDialog } from './NameDialog.tsx';
import { SnapshotDetail } from './SnapshotDetail.tsx';
import { SnapshotList } from './SnapshotList.tsx';
import { SnapshotsDocument } from './Snapshots.generated.ts';
import { SnapshotSourceDocument } from './SnapshotSource.generated.ts';
import styles from './SnapshotsPage.module.css';

/** What workflows were like before: of one workflow, or of all. */
export function SnapshotsPage() {
  const { workflowId } = useParams({ strict: false });
  const { chosen, against } = useSearch({ strict: false });
  const navigate = useNavigate();
  const variables = firstPage(workflowId);
  const list = useQuery(SnapshotsDocument, { variables, fetchPolicy: usePolicy(SnapshotsDocument, variables) });
  const of = { id: workflowId ?? '' };
  const fetchPolicy = usePolicy(SnapshotSourceDocument, of);
  const source = useQuery(SnapshotSourceDocument, workflowId ? { variables: of, fetchPolicy } : skipToken);
  const [takes, setTakes] = useState(false);
  const take = () => workflowId !== undefined && setTakes(true);
  useKeys(workflowId === undefined ? [] : [{ keys: 'C', does: 'take a snapshot', run: take }]);

  const workflow = source.data?.workflow;
  if (source.data && !workflow) return <NotFound />;
  const snapshots = list.data?.snapshots;
  // What can be done comes at once, so that none of it moves the others.
  const isRead = snapshots !== undefined && (workflowId === undefined || workflow != null);
  const takeButton = workflow && (
    <Button onClick={take}>
      Take a snapshot <Key>C</Key>
    </Button>
  );
  return (
    <Page>
      <Head
        crumb={workflowId !== undefined && <Crumb id={workflowId} name={workflow?.name ?? ''} />}
        title="Snapshots"
        status={snapshots ? statusWords(snapshots.countUpTo, workflow ?? null) : null}
      >
        {isRead && snapshots.nodes.length > 0 && (
          <CopyAs
            document={SnapshotsDocument}
            variables={variables}
            lists={[{ at: ['snapshots'], count: snapshots.nodes.length }]}
            beside={openAsShown(chosen, against, snapshots.nodes)}
          />
        )}
        {isRead && takeButton}
      </Head>
      {list.error && !snapshots && (
        <Unread what="The snapshots could not be read" error={list.error} retry={list.refetch} />
      )}
      {!snapshots && !list.error && <Ghost />}
      {snapshots?.nodes.length === 0 && (
        <Quiet action={takeButton}>
          {workflow
            ? 'Nothing is kept yet. A snapshot holds a workflow as it is, so that you can see later what changed, and go back.'
            : 'Nothing is kept yet. Open a workflow, and take a snapshot of it before you change what works.'}
        </Quiet>
      )}
      {snapshots && snapshots.nodes.length > 0 && (
        <div className={classes(styles.sides, chosen !== undefined && styles.open)}>
          <SnapshotList
            list={snapshots}
            chosen={chosen}
            showsWorkflow={workflowId === undefined}
            more={() => list.fetchMore({ variables: { after: snapshots.pageInfo.endCursor } })}
          />
          {chosen ? (
            <SnapshotDetail key={chosen} id={chosen} against={against} others={snapshots.nodes} />
          ) : (
            <Quiet>Choose a snapshot to see what has changed since.</Quiet>
          )}
        </div>
      )}
      {takes && workflow && (
        <NameDialog
          of={{ workflowId: workflow.id }}
          onClose={() => setTakes(false)}
          onDone={(id) => navigate({ to: '.', search: { chosen: id } })}
        />
      )}
    </Page>
  );
}

function Crumb({ id, name }: { id: string; name: string }) {
  return (
    <>
      <Link to="/">Workflows</Link>
      <span>/</span>
      <Link to="/workflows/$workflowId" params={{ workflowId: id }} dir="auto">
        {name}
      </Link>
    </>
  );
}

function statusWords(count: number, workflow: { version: number } | null): string {
  const kept = count === 0 ? 'None is kept' : `${counted(count, 'snapshot')} ${count === 1 ? 'is' : 'are'} kept`;
  return workflow ? `${kept} of this workflow, which is at version ${workflow.version}.` : `${kept}, of all workflows.`;
}
