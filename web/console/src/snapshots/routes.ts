import type { ApolloClient } from '@apollo/client';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { readSearch, text } from '../search.ts';
import { DefinitionNowDocument } from './DefinitionNow.generated.ts';
import { firstPage } from './list.ts';
import { SnapshotDocument } from './Snapshot.generated.ts';
import { SnapshotsDocument } from './Snapshots.generated.ts';
import { SnapshotSourceDocument } from './SnapshotSource.generated.ts';

interface Search {
  /** The snapshot that is looked at. */
  chosen?: string;
  /** The snapshot that it is compared with; without it, the workflow as it is now. */
  against?: string;
}

const validateSearch = readSearch<Search>({ chosen: text, against: text });

function load(client: ApolloClient, { chosen, against }: Search, workflowId?: string): void {
  readAhead(client, SnapshotsDocument, firstPage(workflowId));
  for (const id of [chosen, against]) if (id) readAhead(client, SnapshotDocument, { id });
  if (workflowId === undefined) return;
  readAhead(client, SnapshotSourceDocument, { id: workflowId });
  if (chosen && !against) readAhead(client, DefinitionNowDocument, { id: workflowId });
}

const snapshotsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.snapshots,
  validateSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => load(context.client, deps),
  component: lazyRouteComponent(() => import('./SnapshotsPage.tsx'), 'SnapshotsPage'),
});

const workflowSnapshotsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.workflowSnapshots,
  validateSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps, params }) => load(context.client, deps, params.workflowId),
  component: lazyRouteComponent(() => import('./SnapshotsPage.tsx'), 'SnapshotsPage'),
});

export const snapshotsRoutes = [snapshotsRoute, workflowSnapshotsRoute];
