import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.models,
  component: lazyRouteComponent(() => import('./ModelsPage.tsx'), 'ModelsPage'),
});

export const modelsRoutes = [modelsRoute];
