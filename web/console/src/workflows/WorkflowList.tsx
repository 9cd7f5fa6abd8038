import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Button, WordButton } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { Key } from '../ui/Key.tsx';
import { useActions, useKeys } from '../ui/keys.ts';
import { PageTitle } from '../ui/PageTitle.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { DeleteDialog } from './DeleteDialog.tsx';
import { Entry, type Named } from './Entry.tsx';
import { sayWhyNot } from '../ui/failure.ts';
import { FileDialog } from './FileDialog.tsx';
import { countWords, firstPage } from './list.ts';
import { SampleOffer } from './SampleOffer.tsx';
import { SearchField } from './SearchField.tsx';
import { useLastRuns } from './useLastRuns.ts';
import { useMake } from './useMake.ts';
import { useModels } from './useModels.ts';
import { walk } from './walk.ts';
import { WorkflowsDocument, type WorkflowsQuery } from './Workflows.generated.ts';
import styles from './WorkflowsPage.module.css';

/** With no more than these somebody has hardly begun: samples are offered below. */
const FEW = 2;

export function WorkflowList({
  list,
  search,
  refetch,
  more,
}: {
  list: WorkflowsQuery['workflows'];
  search: string | undefined;
  refetch: () => Promise<unknown>;
  more: () => Promise<unknown>;
}) {
  const navigate = useNavigate({ from: '/' });
  const models = useModels();
  const { make, makeNew } = useMake();
  const [deleted, setDeleted] = useState<Named | null>(null);
  const [readsFile, setReadsFile] = useState(false);
  const rows = useRef<HTMLOListElement>(null);
  const openSamples = () => navigate({ search: (now) => ({ ...now, samples: true }) });
  const create = () => makeNew(models.chosen?.id ?? null);
  const showMore = () => more().catch(sayWhyNot);
  useLastRuns(list.nodes, refetch);
  useActions([
    { does: 'begin with a sample', run: openSamples },
    { does: 'make a workflow from a file', run: () => setReadsFile(true) },
  ]);
  useKeys([
    { keys: 'C', does: 'new workflow', run: create },
    { keys: 'J', does: 'next workflow', run: () => walk(rows.current, 1) },
    { keys: 'K', does: 'workflow before', run: () => walk(rows.current, -1) },
  ]);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <PageTitle className={styles.big}>Workflows</PageTitle>
          <p className="away" role="status">
            {countWords(list.countUpTo, search)}
          </p>
        </div>
        <div className={styles.acts}>
          <SearchField search={search} count={search === undefined ? list.countUpTo : null} />
          <Button onClick={openSamples}>From a sample</Button>
          <Button onClick={() => setReadsFile(true)}>From a file</Button>
          <Button onClick={create}>
            New workflow <Key>C</Key>
          </Button>
        </div>
      </header>
      {list.nodes.length === 0 ? (
        <Quiet
          action={<WordButton onClick={() => navigate({ search: {} })}>Show all workflows</WordButton>}
        >{`${countWords(0, search)}.`}</Quiet>
      ) : (
        <ol className={styles.bill} ref={rows} aria-label="Workflows, newest first">
          {list.nodes.map((workflow) => (
            <Entry key={workflow.id} workflow={workflow} onDelete={setDeleted} onChanged={refetch} />
          ))}
        </ol>
      )}
      {list.nodes.length > 0 && (
        <div className={styles.more}>
          {list.pageInfo.hasNextPage && <Button onClick={showMore}>Show more</Button>}
          <CopyAs
            document={WorkflowsDocument}
            variables={firstPage(search)}
            lists={[{ at: ['workflows'], count: list.nodes.length }]}
          />
        </div>
      )}
      {search === undefined && list.nodes.length <= FEW && (
        <div className={styles.offer}>
          <SampleOffer models={models} make={make} most={3} />
        </div>
      )}
      {deleted && <DeleteDialog workflow={deleted} onClose={() => setDeleted(null)} />}
      {readsFile && <FileDialog make={make} onClose={() => setReadsFile(false)} />}
    </div>
  );
}
