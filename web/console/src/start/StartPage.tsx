import { useQuery } from '@apollo/client/react';
import { useParams } from '@tanstack/react-router';
import { usePolicy } from '../app/ahead.ts';
import { NotFound } from '../app/NotFound.tsx';
import { reasonOf } from '../ui/failure.ts';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { StartForm } from './StartForm.tsx';
import { StartWorkflowDocument } from './StartWorkflow.generated.ts';

/** The inputs of a run, and its start. */
export function StartPage() {
  const { workflowId } = useParams({ from: '/workflows/$workflowId/start' });
  const variables = { id: workflowId };
  const fetchPolicy = usePolicy(StartWorkflowDocument, variables);
  const { data, error } = useQuery(StartWorkflowDocument, { variables, fetchPolicy });
  if (data?.workflow) return <StartForm key={workflowId} workflow={data.workflow} />;
  if (data) return <NotFound />;
  return (
    <Page>
      <Head title="Start a run" />
      {error ? <Failure what="The workflow could not be read" why={reasonOf(error)} /> : <Ghost />}
    </Page>
  );
}
