import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.compare,
  component: lazyRouteComponent(() => import('./ComparePage.tsx'), 'ComparePage'),
});

export const compareRoutes = [compareRoute];
