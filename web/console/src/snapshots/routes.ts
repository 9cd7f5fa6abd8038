import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

const snapshotsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.snapshots,
  component: lazyRouteComponent(() => import('./SnapshotsPage.tsx'), 'SnapshotsPage'),
});

const workflowSnapshotsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.workflowSnapshots,
  component: lazyRouteComponent(() => import('./SnapshotsPage.tsx'), 'SnapshotsPage'),
});

export const snapshotsRoutes = [snapshotsRoute, workflowSnapshotsRoute];
