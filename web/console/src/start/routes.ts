import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.start,
  component: lazyRouteComponent(() => import('./StartPage.tsx'), 'StartPage'),
});

export const startRoutes = [startRoute];
