import { Fragment, type ReactNode, useSyncExternalStore } from 'react';
import { SignIn } from './SignIn.tsx';
import type { AnySession } from './sessionFor.ts';

/** What it holds is for whoever has signed in, and made anew for another person; everybody else is asked to. */
export function SignedIn({ session, children }: { session: AnySession; children: () => ReactNode }) {
  const userId = useSyncExternalStore(session.subscribe, session.userId);
  if (userId === null) return <SignIn session={session} />;
  return <Fragment key={userId}>{children()}</Fragment>;
}
