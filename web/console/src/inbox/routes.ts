import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

const inboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.inbox,
  component: lazyRouteComponent(() => import('./InboxPage.tsx'), 'InboxPage'),
});

const letterRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.letter,
  component: lazyRouteComponent(() => import('./InboxPage.tsx'), 'InboxPage'),
});

export const inboxRoutes = [inboxRoute, letterRoute];
