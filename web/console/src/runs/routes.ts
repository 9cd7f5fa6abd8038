import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { filterOf, validateRunsSearch, variablesOf } from './filter.ts';
import { runsList } from './runsList.ts';

export const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.runs,
  validateSearch: validateRunsSearch,
  loaderDeps: ({ search }) => filterOf(search),
  // Begins with the data while the code comes, and holds nobody up: the page shows the rows that it has meanwhile.
  loader: ({ context: { client }, deps }) => {
    runsList(client, variablesOf(deps)).begin();
  },
  component: lazyRouteComponent(() => import('./RunsPage.tsx'), 'RunsPage'),
});

export const runsRoutes = [runsRoute];
