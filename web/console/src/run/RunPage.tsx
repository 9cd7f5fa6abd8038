import { useApolloClient, useQuery } from '@apollo/client/react';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { useWhenLookedAt } from '../app/useWhenLookedAt.ts';
import { paths } from '../paths.ts';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Page, Scroll } from '../ui/Page.tsx';
import { Unread } from '../ui/Unread.tsx';
import { GoneRun } from './GoneRun.tsx';
import { RunDocument } from './Run.generated.ts';
import { RunNowDocument } from './RunNow.generated.ts';
import { RunThereDocument } from './RunThere.generated.ts';
import { RunView } from './RunView.tsx';

const route = getRouteApi(paths.run);

export function RunPage() {
  const { runId } = route.useParams();
  const variables = { id: runId };
  const fetchPolicy = usePolicy(RunDocument, variables);
  const { data, error, refetch } = useQuery(RunDocument, { variables, fetchPolicy });
  const client = useApolloClient();
  // No event tells that a run which has ended was deleted: whoever comes back to it hears so.
  useWhenLookedAt(() =>
    client.query({ query: RunThereDocument, variables, fetchPolicy: 'network-only' }).catch(() => null),
  );
  const hasNow = useHasNow(runId);
  if (data?.execution && hasNow) return <RunView key={runId} execution={data.execution} />;
  if (data?.execution === null) return <GoneRun />;
  return (
    <Page>
      <Head title="A run" />
      <Scroll>{error ? <Unread what="This run could not be read" error={error} retry={refetch} /> : <Ghost />}</Scroll>
    </Page>
  );
}

/** Has it come what the run waits for or has brought, which has a place on the page? Once it has, whatever becomes of it. */
function useHasNow(id: string): boolean {
  const [come, setCome] = useState<string | null>(null);
  const skip = come === id;
  const { data, error } = useQuery(RunNowDocument, { variables: { id }, fetchPolicy: 'cache-first', skip });
  const isThere = skip || data !== undefined || error !== undefined;
  if (isThere && !skip) setCome(id);
  return isThere;
}
