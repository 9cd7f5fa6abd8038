import { useQuery } from '@apollo/client/react';
import { getRouteApi } from '@tanstack/react-router';
import { NotFound } from '../app/NotFound.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Editor } from './Editor.tsx';
import { EditorWorkflowDocument } from './EditorWorkflow.generated.ts';
import { StageCatalogueDocument } from './StageCatalogue.generated.ts';

const route = getRouteApi('/workflows/$workflowId');

/** A workflow as its author writes it. */
export function EditorPage() {
  const { workflowId } = route.useParams();
  const workflow = useQuery(EditorWorkflowDocument, { variables: { id: workflowId } });
  const catalogue = useQuery(StageCatalogueDocument);
  const error = workflow.error ?? catalogue.error;
  if (workflow.data && catalogue.data) {
    if (!workflow.data.workflow) return <NotFound />;
    return (
      <Editor
        key={workflowId}
        workflow={workflow.data.workflow}
        running={workflow.data.executions.countUpTo}
        catalogue={catalogue.data}
      />
    );
  }
  if (error) throw error;
  return <Ghost label="Loading the workflow" />;
}
