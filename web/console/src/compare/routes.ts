import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { readSearch, text } from '../search.ts';
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
  // The page says what went wrong; here it only begins early.
  loader: ({ context, deps: { left, right } }) => {
    for (const id of [left, right]) {
      if (id) context.client.query({ query: CompareRunDocument, variables: { id } }).catch(() => {});
    }
  },
  component: lazyRouteComponent(() => import('./ComparePage.tsx'), 'ComparePage'),
});

export const compareRoutes = [compareRoute];
