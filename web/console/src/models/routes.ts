import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { ModelsDocument } from './Models.generated.ts';

const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.models,
  loader: ({ context }) => {
    context.client.query({ query: ModelsDocument }).catch(() => {});
  },
  component: lazyRouteComponent(() => import('./ModelsPage.tsx'), 'ModelsPage'),
});

export const modelsRoutes = [modelsRoute];
