import { Fragment, type ReactNode, useSyncExternalStore } from 'react';
import type { Session, Settings } from './session.ts';
import { SignIn } from './SignIn.tsx';

/** What it holds is for whoever has signed in, and made anew for another person; everybody else is asked to. */
export function SignedIn({
  settings,
  session,
  children,
}: {
  settings: Settings;
  session: Session;
  children: () => ReactNode;
}) {
  const userId = useSyncExternalStore(session.subscribe, session.userId);
  if (userId === null) return <SignIn settings={settings} session={session} />;
  return <Fragment key={userId}>{children()}</Fragment>;
}
