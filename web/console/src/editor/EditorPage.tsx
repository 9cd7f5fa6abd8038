import { useQuery } from '@apollo/client/react';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { Ghost } from '../ui/Ghost.tsx';
import { Editor } from './Editor.tsx';
import { EditorWorkflowDocument, type EditorWorkflowQuery } from './EditorWorkflow.generated.ts';
import { LeftDraft } from './LeftDraft.tsx';
import { StageCatalogueDocument } from './StageCatalogue.generated.ts';
import { useExactWorkflow } from './useExactWorkflow.ts';

const route = getRouteApi('/workflows/$workflowId');

/** A workflow as its author writes it. */
export function EditorPage() {
  const { workflowId } = route.useParams();
  const variables = { id: workflowId };
  const workflow = useQuery(EditorWorkflowDocument, {
    variables,
    fetchPolicy: usePolicy(EditorWorkflowDocument, variables),
  });
  const catalogue = useQuery(StageCatalogueDocument, { fetchPolicy: usePolicy(StageCatalogueDocument, {}) });
  const error = workflow.error ?? catalogue.error;
  const last = useRef<EditorWorkflowQuery['workflow']>(null);
  if (workflow.data?.workflow) last.current = workflow.data.workflow;
  // What is written stays, also when somebody deletes the workflow.
  const known = last.current?.id === workflowId ? last.current : null;
  const exact = useExactWorkflow(known);
  if (workflow.data && catalogue.data && (exact || !known)) {
    if (!exact) return <LeftDraft key={workflowId} workflowId={workflowId} models={catalogue.data.models} />;
    return (
      <Editor
        key={workflowId}
        workflow={exact}
        isGone={workflow.data.workflow === null}
        running={workflow.data.executions.countUpTo}
        catalogue={catalogue.data}
      />
    );
  }
  if (error) throw error;
  return <Ghost label="Loading the workflow" />;
}
