import { INBOX } from '@footlight/client/react';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { LetterDocument } from './Letter.generated.ts';

export const inboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.inbox,
  loader: ({ context }) => {
    readAhead(context.client, INBOX, {});
  },
  component: lazyRouteComponent(() => import('./InboxPage.tsx'), 'InboxPage'),
});

/** One letter is open. It is the same page, which stays while one goes from letter to letter. */
const letterRoute = createRoute({
  getParentRoute: () => inboxRoute,
  path: paths.letter.slice(paths.inbox.length) as '/$logId',
  loader: ({ context, params }) => {
    readAhead(context.client, LetterDocument, { id: params.logId });
  },
});

export const inboxRoutes = [inboxRoute.addChildren([letterRoute])];
