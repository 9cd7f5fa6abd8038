import type { ApolloClient } from '@apollo/client';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { readSearch, text } from '../search.ts';
import { firstPage } from './list.ts';
import { SnapshotsDocument } from './Snapshots.generated.ts';

interface Search {
  /** The snapshot that is looked at. */
  chosen?: string;
  /** The snapshot that it is compared with; without it, the workflow as it is now. */
  against?: string;
}

const validateSearch = readSearch<Search>({ chosen: text, against: text });

const load = (client: ApolloClient, workflowId?: string) => {
  client.query({ query: SnapshotsDocument, variables: firstPage(workflowId) }).catch(() => {});
};

const snapshotsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.snapshots,
  validateSearch,
  loader: ({ context }) => load(context.client),
  component: lazyRouteComponent(() => import('./SnapshotsPage.tsx'), 'SnapshotsPage'),
});

const workflowSnapshotsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.workflowSnapshots,
  validateSearch,
  loader: ({ context, params }) => load(context.client, params.workflowId),
  component: lazyRouteComponent(() => import('./SnapshotsPage.tsx'), 'SnapshotsPage'),
});

export const snapshotsRoutes = [snapshotsRoute, workflowSnapshotsRoute];
