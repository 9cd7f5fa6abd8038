import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { readSearch, text } from '../search.ts';
import { ModelsDocument } from './Models.generated.ts';

interface Search {
  /** The model that was looked for. */
  chosen?: string;
}

const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.models,
  validateSearch: readSearch<Search>({ chosen: text }),
  loader: ({ context }) => {
    readAhead(context.client, ModelsDocument, {});
  },
  component: lazyRouteComponent(() => import('./ModelsPage.tsx'), 'ModelsPage'),
});

export const modelsRoutes = [modelsRoute];
