import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';

export const inboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.inbox,
  component: lazyRouteComponent(() => import('./InboxPage.tsx'), 'InboxPage'),
});

/** One letter is open. It is the same page, which stays while one goes from letter to letter. */
const letterRoute = createRoute({
  getParentRoute: () => inboxRoute,
  path: paths.letter.slice(paths.inbox.length) as '/$logId',
});

export const inboxRoutes = [inboxRoute.addChildren([letterRoute])];
