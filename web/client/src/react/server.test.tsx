import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import { cachePolicies, createFootlight } from '../index.ts';
import { FootlightProvider, useConnection, useInbox, useRun } from './index.ts';

function Page() {
  const { run, connection } = useRun('run', { deltas: true });
  const inbox = useInbox();
  return <p>{[run.id, run.lastSeq, connection, useConnection(), inbox.loading].join(' ')}</p>;
}

test('a server renders what is known before anything is: it opens no socket', () => {
  const footlight = createFootlight({ url: 'http://a/graphql', getToken: () => null, webSocketImpl: WebSocket });
  const client = new ApolloClient({ link: ApolloLink.empty(), cache: new InMemoryCache(cachePolicies), ssrMode: true });
  const page = renderToString(
    <FootlightProvider client={client} footlight={footlight}>
      <Page />
    </FootlightProvider>,
  );
  expect(page).toBe('<p>run 0 idle idle true</p>');
  footlight.close();
});
