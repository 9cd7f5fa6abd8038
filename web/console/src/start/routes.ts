import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { number, readSearch, text } from '../search.ts';
import { StartWorkflowDocument } from './StartWorkflow.generated.ts';

interface Search {
  /** The run whose inputs fill the form. */
  from?: string;
  /** The stage after which the run ends, by its order. */
  until?: number;
}

const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.start,
  validateSearch: readSearch<Search>({ from: text, until: number }),
  loader: ({ context, params }) => {
    readAhead(context.client, StartWorkflowDocument, { id: params.workflowId });
  },
  component: lazyRouteComponent(() => import('./StartPage.tsx'), 'StartPage'),
});

export const startRoutes = [startRoute];
