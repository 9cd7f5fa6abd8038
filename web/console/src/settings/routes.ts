import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { SettingsDocument } from './Settings.generated.ts';

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.settings,
  loader: ({ context }) => {
    context.client.query({ query: SettingsDocument }).catch(() => {});
  },
  component: lazyRouteComponent(() => import('./SettingsPage.tsx'), 'SettingsPage'),
});

export const settingsRoutes = [settingsRoute];
