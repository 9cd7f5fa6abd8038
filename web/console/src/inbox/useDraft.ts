import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type Draft, type Drafts, makeDrafts, NOTHING } from './drafts.ts';
import { inboxRoute } from './routes.ts';

const ofUsers = new Map<string, Drafts>();

/** What the person writes to this letter, as it was left, and how to change it. */
export function useDraft(letter: string | undefined): [Draft, (change: Partial<Draft>) => void] {
  const { session } = inboxRoute.useRouteContext();
  const user = session.userId() ?? 'nobody';
  const drafts = useMemo(() => {
    const made = ofUsers.get(user) ?? makeDrafts(sessionStorage, user);
    ofUsers.set(user, made);
    return made;
  }, [user]);
  const draft = useSyncExternalStore(drafts.subscribe, () => (letter ? drafts.get(letter) : NOTHING));
  const change = useCallback(
    (fields: Partial<Draft>) => letter && drafts.set(letter, { ...drafts.get(letter), ...fields }),
    [drafts, letter],
  );
  return [draft, change];
}
