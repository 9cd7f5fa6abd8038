import { useQuery } from '@apollo/client/react';
import { useSearch } from '@tanstack/react-router';
import { usePolicy } from '../app/ahead.ts';
import { Ghost } from '../ui/Ghost.tsx';
import { PageTitle } from '../ui/PageTitle.tsx';
import { Unread } from '../ui/Unread.tsx';
import { FirstPage } from './FirstPage.tsx';
import { firstPage } from './list.ts';
import { SamplesDialog } from './SamplesDialog.tsx';
import { WorkflowList } from './WorkflowList.tsx';
import { WorkflowsDocument } from './Workflows.generated.ts';
import styles from './WorkflowsPage.module.css';

/** The first page: a person's workflows, or how to begin where there are none. */
export function WorkflowsPage() {
  const { search, samples } = useSearch({ from: '/' });
  const variables = firstPage(search);
  const { data, previousData, error, refetch, fetchMore } = useQuery(WorkflowsDocument, {
    variables,
    fetchPolicy: usePolicy(WorkflowsDocument, variables),
  });
  // While a search is under way the list stays, so that nothing jumps.
  const list = (data ?? previousData)?.workflows;
  if (!list) {
    return (
      <div className={styles.page}>
        <PageTitle className={styles.big}>Workflows</PageTitle>
        {error ? <Unread what="The workflows could not be read" error={error} retry={refetch} /> : <Ghost />}
      </div>
    );
  }
  const isNew = search === undefined && data !== undefined && list.nodes.length === 0;
  return (
    <>
      {isNew ? (
        <FirstPage />
      ) : (
        <WorkflowList
          list={list}
          search={search}
          refetch={refetch}
          more={() => fetchMore({ variables: { after: list.pageInfo.endCursor } })}
        />
      )}
      {samples && <SamplesDialog />}
    </>
  );
}
