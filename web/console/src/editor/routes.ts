import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

interface Search {
  /** The stage that is edited, by its order. */
  stage?: number;
  /** The run whose values the preview takes. */
  run?: string;
}

const workflowRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.workflow,
  validateSearch: ({ stage, run }: Record<string, unknown>): Search => ({
    ...(typeof stage === 'number' ? { stage } : {}),
    ...(typeof run === 'string' ? { run } : {}),
  }),
  component: lazyRouteComponent(() => import('./EditorPage.tsx'), 'EditorPage'),
});

export const editorRoutes = [workflowRoute];
