import type { ApolloClient } from '@apollo/client';
import { createRootRouteWithContext } from '@tanstack/react-router';
import type { Session, Settings } from '../session/session.ts';
import { Frame } from './Frame.tsx';
import { NotFound } from './NotFound.tsx';

/** What every route's loader has at hand. */
export interface RouteContext {
  client: ApolloClient;
  session: Session;
  settings: Settings;
}

export const rootRoute = createRootRouteWithContext<RouteContext>()({
  component: Frame,
  notFoundComponent: NotFound,
});
