import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAhead } from '../app/ahead.ts';
import { rootRoute } from '../app/routes.ts';
import { paths } from '../paths.ts';
import { SettingsDocument } from './Settings.generated.ts';

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.settings,
  loader: ({ context }) => {
    readAhead(context.client, SettingsDocument, {});
  },
  component: lazyRouteComponent(() => import('./SettingsPage.tsx'), 'SettingsPage'),
});

export const settingsRoutes = [settingsRoute];
