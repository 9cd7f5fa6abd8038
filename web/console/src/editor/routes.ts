import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { number, readSearch, text } from '../search.ts';
import { EditorWorkflowDocument } from './EditorWorkflow.generated.ts';
import { StageCatalogueDocument } from './StageCatalogue.generated.ts';

interface Search {
  /** The stage that is edited, by its order; 0 is the workflow itself. */
  stage?: number;
  /** The run whose values the preview takes. */
  run?: string;
}

const workflowRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.workflow,
  validateSearch: readSearch<Search>({ stage: number, run: text }),
  loader: ({ context: { client }, params: { workflowId } }) => {
    // The page reads the same; started here, they load while its code does.
    readAhead(client, EditorWorkflowDocument, { id: workflowId });
    readAhead(client, StageCatalogueDocument, {});
  },
  component: lazyRouteComponent(() => import('./EditorPage.tsx'), 'EditorPage'),
});

export const editorRoutes = [workflowRoute];
