import { useApolloClient, useMutation, useQuery } from '@apollo/client/react';
import { KeepViewsDocument } from './KeepViews.generated.ts';
import { KeptViewsDocument } from './KeptViews.generated.ts';
import { type KeptView, kept, viewsIn, withViews } from './keptViews.ts';

/** The views that the person keeps with the profile, and how to change them. */
export function useKeptViews() {
  const client = useApolloClient();
  const { data } = useQuery(KeptViewsDocument);
  const [write] = useMutation(KeepViewsDocument);
  const views = viewsIn(data?.me.preferences);

  async function change(to: (views: readonly KeptView[]) => readonly KeptView[]): Promise<void> {
    // Read again right before: another page may have changed what else stands there.
    const { data: now } = await client.query({ query: KeptViewsDocument, fetchPolicy: 'network-only' });
    const preferences = now?.me.preferences;
    await write({ variables: { preferences: withViews(preferences, to(viewsIn(preferences))) } });
  }
  return {
    views,
    keep: (view: KeptView) => change((views) => kept(views, view)),
    drop: (name: string) => change((views) => views.filter((view) => view.name !== name)),
  };
}
