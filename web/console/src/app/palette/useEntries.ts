import { useQuery } from '@apollo/client/react';
import { useRouter } from '@tanstack/react-router';
import { useDeferredValue } from 'react';
import { chooseTheme } from '../theme.ts';
import { keySheet } from '../sheet/state.ts';
import { AnythingDocument } from './Anything.generated.ts';
import { type Entry, idIn, matches, placesOf } from './entries.ts';
import { SearchWorkflowsDocument } from './SearchWorkflows.generated.ts';

/** What the palette offers for a search: the thing whose id was pasted, workflows by name, pages, and things to do. */
export function useEntries(search: string): { entries: Entry[]; loading: boolean } {
  const router = useRouter();
  const go = (href: string) => {
    router.navigate({ href });
  };
  const id = idIn(search);
  const words = useDeferredValue(search.trim());
  const things = useQuery(AnythingDocument, id ? { variables: { id } } : { skip: true, variables: { id: '' } });
  const { data, loading } = useQuery(SearchWorkflowsDocument, {
    variables: { search: words || null },
    skip: id !== null,
  });

  const workflows = (data?.workflows.nodes ?? []).flatMap((workflow): Entry[] => [
    { id: workflow.id, title: workflow.name, kind: 'workflow', run: () => go(`/workflows/${workflow.id}`) },
    {
      id: `start ${workflow.id}`,
      title: `Start ${workflow.name}`,
      kind: 'start',
      run: () => go(`/workflows/${workflow.id}/start`),
    },
  ]);
  const fixed: Entry[] = [
    { id: 'workflows', title: 'Workflows', kind: 'page', run: () => go('/') },
    { id: 'runs', title: 'Runs', kind: 'page', run: () => go('/runs') },
    { id: 'failed', title: 'Failed runs', kind: 'page', run: () => go('/runs?statuses=FAILED') },
    { id: 'inbox', title: 'Inbox', kind: 'page', run: () => go('/inbox') },
    { id: 'snapshots', title: 'Snapshots', kind: 'page', run: () => go('/snapshots') },
    { id: 'models', title: 'Models', kind: 'page', run: () => go('/models') },
    { id: 'settings', title: 'Settings', kind: 'page', run: () => go('/settings') },
    { id: 'graphiql', title: 'GraphiQL', kind: 'page', run: () => window.location.assign('/graphiql') },
    { id: 'keys', title: 'Show all keys', kind: 'do', run: keySheet.open },
    { id: 'dark', title: 'Dark theme', kind: 'do', run: () => chooseTheme('dark') },
    { id: 'light', title: 'Light theme', kind: 'do', run: () => chooseTheme('light') },
    { id: 'system', title: 'The system’s theme', kind: 'do', run: () => chooseTheme('system') },
  ];
  if (id) return { entries: things.data ? placesOf(things.data, go) : [], loading: things.loading };
  const starts = (entry: Entry) => entry.kind === 'start';
  const named = workflows.filter((entry) => (starts(entry) ? /^start/i.test(words) || words !== '' : true));
  return { entries: [...named, ...fixed.filter((entry) => matches(entry.title, words))], loading };
}
