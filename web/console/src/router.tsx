import { createRouter } from '@tanstack/react-router';
import { Crash } from './app/Crash.tsx';
import { type RouteContext, rootRoute } from './app/routes.ts';
import { compareRoutes } from './compare/routes.ts';
import { editorRoutes } from './editor/routes.ts';
import { inboxRoutes } from './inbox/routes.ts';
import { modelsRoutes } from './models/routes.ts';
import { runRoutes } from './run/routes.ts';
import { runsRoutes } from './runs/routes.ts';
import { settingsRoutes } from './settings/routes.ts';
import { snapshotsRoutes } from './snapshots/routes.ts';
import { startRoutes } from './start/routes.ts';
import { Ghost } from './ui/Ghost.tsx';
import { workflowsRoutes } from './workflows/routes.ts';

const routeTree = rootRoute.addChildren([
  ...workflowsRoutes,
  ...editorRoutes,
  ...startRoutes,
  ...runsRoutes,
  ...runRoutes,
  ...inboxRoutes,
  ...snapshotsRoutes,
  ...compareRoutes,
  ...modelsRoutes,
  ...settingsRoutes,
]);

export function makeRouter(context: RouteContext) {
  return createRouter({
    routeTree,
    context,
    // As the server has it.
    caseSensitive: true,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    // At once, and for no longer than it takes: the ghost shows nothing by itself until it has taken a while.
    defaultPendingMs: 0,
    defaultPendingMinMs: 0,
    defaultPendingComponent: Ghost,
    defaultErrorComponent: Crash,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
