import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { oneOf, readSearch } from '../search.ts';
import { firstPage } from './list.ts';
import { OfferedModelsDocument } from './OfferedModels.generated.ts';
import { WorkflowsDocument } from './Workflows.generated.ts';

interface Search {
  /** What the names contain. */
  search?: string;
  /** The list of samples is open. */
  samples?: true;
}

/** Words that look like a number are words all the same. */
const words = (raw: unknown) => (raw === undefined || raw === '' ? undefined : String(raw));

const workflowsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.workflows,
  validateSearch: readSearch<Search>({ search: words, samples: oneOf(true) }),
  loaderDeps: ({ search: { search } }) => ({ search }),
  // Not awaited: the page keeps what it shows until the answer is there.
  loader: ({ context: { client }, deps }) => {
    readAhead(client, WorkflowsDocument, firstPage(deps.search));
    readAhead(client, OfferedModelsDocument, {});
  },
  component: lazyRouteComponent(() => import('./WorkflowsPage.tsx'), 'WorkflowsPage'),
});

export const workflowsRoutes = [workflowsRoute];
