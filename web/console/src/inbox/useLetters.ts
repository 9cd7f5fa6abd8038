import { useApolloClient } from '@apollo/client/react';
import { INBOX, type InboxItem, useInbox } from '@footlight/client/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { type Fate, type Letter, lettersOf, withFate } from './letters.ts';
import { type LetterFateQuery, LetterFateDocument } from './LetterFate.generated.ts';

/** The letters that wait, and those that do no more since the page was opened, with what became of them. */
export function useLetters() {
  const inbox = useInbox({ fetchPolicy: usePolicy(INBOX, {}) });
  const { items, loading } = inbox;
  const seen = useRef(new Map<string, InboxItem>());
  const [fates, setFates] = useState<ReadonlyMap<string, Fate>>(new Map());
  const tell = useCallback((id: string, fate: Fate) => setFates((known) => withFate(known, id, fate)), []);
  useFates(items, loading, seen.current, fates, tell);
  const letters = useMemo<Letter[]>(() => {
    for (const item of items) seen.current.set(item.id, item);
    return lettersOf(items, seen.current, fates);
  }, [items, fates]);
  return { inbox, letters, tell };
}

/** Asks what became of each letter that was there and is not any more: it may have been decided elsewhere. */
function useFates(
  items: readonly InboxItem[],
  loading: boolean,
  seen: ReadonlyMap<string, InboxItem>,
  fates: ReadonlyMap<string, Fate>,
  tell: (id: string, fate: Fate) => void,
): void {
  const client = useApolloClient();
  useEffect(() => {
    if (loading) return;
    const here = new Set(items.map(({ id }) => id));
    for (const id of seen.keys()) {
      if (here.has(id) || fates.has(id)) continue;
      client
        .query({ query: LetterFateDocument, variables: { id }, fetchPolicy: 'network-only' })
        .then(({ data }) => {
          const fate = data && fateOf(data.executionLog);
          if (fate) tell(id, fate);
        })
        .catch(() => {});
    }
  }, [items, loading, seen, fates, tell, client]);
}

/** Null while it waits after all: it only stands on a page that was not asked for again. */
function fateOf(log: LetterFateQuery['executionLog']): Fate | null {
  if (log === null) return { result: 'DELETED', at: null, isMine: false };
  const { status, validationResult, validatedAt } = log;
  if (validationResult === 'PASS' || validationResult === 'FAIL') {
    return { result: validationResult, at: validatedAt, isMine: false };
  }
  return status === 'STARTED' ? null : { result: 'CANCELLED', at: null, isMine: false };
}
