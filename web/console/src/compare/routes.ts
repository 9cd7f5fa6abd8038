import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { readSearch, text } from '../search.ts';
import { ComparableRunsDocument } from './ComparableRuns.generated.ts';
import { CompareRunDocument } from './CompareRun.generated.ts';

/** The two runs, by their ids. */
interface CompareSearch {
  left?: string;
  right?: string;
}

const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.compare,
  validateSearch: readSearch<CompareSearch>({ left: text, right: text }),
  loaderDeps: ({ search }) => search,
  loader: ({ context: { client }, deps: { left, right } }) => {
    for (const id of [left, right]) if (id) readAhead(client, CompareRunDocument, { id });
    // Whoever has chosen one is offered those of its workflow, which is not known yet.
    if (!left && !right) readAhead(client, ComparableRunsDocument, { workflowId: null });
  },
  component: lazyRouteComponent(() => import('./ComparePage.tsx'), 'ComparePage'),
});

export const compareRoutes = [compareRoute];
