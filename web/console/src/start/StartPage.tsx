import { useQuery } from '@apollo/client/react';
import { useParams } from '@tanstack/react-router';
import { usePolicy } from '../app/ahead.ts';
import { NotFound } from '../app/NotFound.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';
import { Unread } from '../ui/Unread.tsx';
import { StartForm } from './StartForm.tsx';
import { StartWorkflowDocument } from './StartWorkflow.generated.ts';

/** The inputs of a run, and its start. */
export function StartPage() {
  const { workflowId } = useParams({ from: '/workflows/$workflowId/start' });
  const variables = { id: workflowId };
  const fetchPolicy = usePolicy(StartWorkflowDocument, variables);
  const { data, error, refetch } = useQuery(StartWorkflowDocument, { variables, fetchPolicy });
  if (data?.workflow) return <StartForm key={workflowId} workflow={data.workflow} />;
  if (data) return <NotFound />;
  return (
    <Page>
      <Head title="Start a run" />
      {error ? <Unread what="The workflow could not be read" error={error} retry={refetch} /> : <Ghost />}
    </Page>
  );
}
