import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.runs,
  component: lazyRouteComponent(() => import('./RunsPage.tsx'), 'RunsPage'),
});

export const runsRoutes = [runsRoute];
