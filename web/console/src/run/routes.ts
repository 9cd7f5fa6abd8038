import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { oneOf, readSearch, text } from '../search.ts';
import { RunDocument } from './Run.generated.ts';
import { RunNowDocument } from './RunNow.generated.ts';

interface Search {
  /** The attempt in the margin, by the id of its log. */
  log?: string;
  /** The time as one lane, or as a stave for each stage. */
  time?: 'lane' | 'score';
}

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.run,
  validateSearch: readSearch<Search>({ log: text, time: oneOf('lane', 'score') }),
  // The page says what went wrong; here it only begins early.
  loader: ({ context, params }) => {
    readAhead(context.client, RunDocument, { id: params.runId });
    readAhead(context.client, RunNowDocument, { id: params.runId });
  },
  component: lazyRouteComponent(() => import('./RunPage.tsx'), 'RunPage'),
});

export const runRoutes = [runRoute];
