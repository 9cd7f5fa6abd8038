import { useQuery } from '@apollo/client/react';
import { useRouter } from '@tanstack/react-router';
import { useDeferredValue } from 'react';
import { useRegisteredActions } from '../../ui/keys.ts';
import { useMake } from '../../workflows/useMake.ts';
import { chooseTheme } from '../theme.ts';
import { AnythingDocument } from './Anything.generated.ts';
import { doable, type Entry, idIn, matches, placesOf, recentOf, shortIdIn, startedIn } from './entries.ts';
import { RecentDocument } from './Recent.generated.ts';
import { SearchWorkflowsDocument } from './SearchWorkflows.generated.ts';

interface Entries {
  entries: Entry[];
  loading: boolean;
  /** What is said when there are no entries. */
  none: string;
}

/**
 * What the palette offers for a search: the thing whose id was pasted; what the page can do, workflows by name, and what
 * can be done and seen anywhere.
 */
export function useEntries(search: string): Entries {
  const router = useRouter();
  const go = (href: string) => {
    router.navigate({ href });
  };
  const id = idIn(search);
  const words = search.trim();
  const byId = useById(id, go);
  const short = useShortened(id === null ? words : '', go);
  const named = useNamed(id === null ? words : null, go);
  const page = doable(useRegisteredActions());
  const fixed = useFixed(go).filter(({ title }) => page.every((action) => action.title !== title));
  if (byId) return byId;
  const [doing, places] = [page, fixed].map((all) => all.filter(({ title }) => matches(title, words)));
  return {
    entries: [...short.entries, ...(doing ?? []), ...named.entries, ...(places ?? [])],
    loading: named.loading || short.loading,
    none: short.none ?? 'Nothing of yours has that name or id, and nothing that can be done here.',
  };
}

function useById(id: string | null, go: (path: string) => void): Entries | null {
  const { data, loading } = useQuery(
    AnythingDocument,
    id ? { variables: { id } } : { skip: true, variables: { id: '' } },
  );
  if (id === null) return null;
  return { entries: data ? placesOf(data, go) : [], loading, none: 'Nothing of yours has that id.' };
}

/** The server finds whole ids alone; a shortened one is looked for among what is recent. */
function useShortened(words: string, go: (path: string) => void) {
  const isLike = shortIdIn(words);
  // Not into the cache: these pages are longer than those that the lists show.
  const { data, loading } = useQuery(RecentDocument, { skip: isLike === null, fetchPolicy: 'no-cache' });
  if (!isLike) return { entries: [], loading: false, none: null };
  const none = 'None of the last 100 runs and workflows has an id like that. With the whole id anything is found.';
  return { entries: data ? recentOf(data, isLike, go) : [], loading, none };
}

function useNamed(words: string | null, go: (path: string) => void): { entries: Entry[]; loading: boolean } {
  const started = startedIn(words ?? '');
  const name = started ?? words ?? '';
  // Asked for when there is time. What is offered fits what has been typed at once: Enter may come with the last letter.
  const asked = useDeferredValue(name);
  const { data, previousData, loading } = useQuery(SearchWorkflowsDocument, {
    variables: { search: asked || null },
    skip: words === null,
  });
  const found = (data ?? previousData)?.workflows.nodes ?? [];
  const entries = found.flatMap((workflow): Entry[] => {
    const itself = {
      id: workflow.id,
      title: workflow.name,
      kind: 'workflow',
      run: () => go(`/workflows/${workflow.id}`),
    };
    const start = {
      id: `start ${workflow.id}`,
      title: `Start ${workflow.name}`,
      kind: 'do',
      run: () => go(`/workflows/${workflow.id}/start`),
    };
    if (started !== null) return [start];
    return words ? [itself, start] : [itself];
  });
  return { entries: entries.filter(({ title }) => matches(title, name)), loading: loading || asked !== name };
}

function useFixed(go: (path: string) => void): Entry[] {
  const { makeNew } = useMake();
  return [
    { id: 'new', title: 'New workflow', kind: 'do', run: () => makeNew(null) },
    { id: 'workflows', title: 'Workflows', kind: 'page', run: () => go('/') },
    { id: 'runs', title: 'Runs', kind: 'page', run: () => go('/runs') },
    { id: 'failed', title: 'Failed runs', kind: 'page', run: () => go('/runs?statuses=FAILED') },
    { id: 'inbox', title: 'Inbox', kind: 'page', run: () => go('/inbox') },
    { id: 'snapshots', title: 'Snapshots', kind: 'page', run: () => go('/snapshots') },
    { id: 'models', title: 'Models', kind: 'page', run: () => go('/models') },
    { id: 'settings', title: 'Settings', kind: 'page', run: () => go('/settings') },
    { id: 'graphiql', title: 'GraphiQL', kind: 'page', run: () => window.location.assign('/graphiql') },
    { id: 'dark', title: 'Dark theme', kind: 'do', run: () => chooseTheme('dark') },
    { id: 'light', title: 'Light theme', kind: 'do', run: () => chooseTheme('light') },
    { id: 'system', title: 'The system’s theme', kind: 'do', run: () => chooseTheme('system') },
  ];
}
