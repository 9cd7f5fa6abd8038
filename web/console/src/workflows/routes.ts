import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

const workflowsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.workflows,
  component: lazyRouteComponent(() => import('./WorkflowsPage.tsx'), 'WorkflowsPage'),
});

export const workflowsRoutes = [workflowsRoute];
