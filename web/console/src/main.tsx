import { FootlightProvider } from '@footlight/client/react';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import './ui/tokens.css';
import './ui/base.css';
import { apiFor } from './app/apollo.ts';
import { applyTheme } from './app/theme.ts';
import { listenToUnloaded } from './app/unloaded.ts';
import { makeRouter } from './router.tsx';
import { type Session, type Settings, loadSettings } from './session/session.ts';
import { sessionFor } from './session/sessionFor.ts';
import { SignedIn } from './session/SignedIn.tsx';
import { Failure } from './ui/Quiet.tsx';

const root = createRoot(document.getElementById('root') as HTMLElement);
applyTheme();
listenToUnloaded();

/** Asks how one signs in here, and shows the console to whoever has. */
async function start(): Promise<void> {
  const settings = await loadSettings();
  const session = await sessionFor(settings);
  root.render(
    <StrictMode>
      <SignedIn session={session}>{() => <Console settings={settings} session={session} />}</SignedIn>
    </StrictMode>,
  );
}

function Console({ settings, session }: { settings: Settings; session: Session }) {
  const [{ client, footlight, router }] = useState(() => {
    const api = apiFor(session);
    return { ...api, router: makeRouter({ client: api.client, session, settings }) };
  });
  return (
    <FootlightProvider client={client} footlight={footlight}>
      <RouterProvider router={router} />
    </FootlightProvider>
  );
}

start().catch((error: unknown) => {
  const why = error instanceof Error ? error.message : String(error);
  root.render(<Failure what="The console could not start" why={why} />);
});
