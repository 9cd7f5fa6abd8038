// A whole front end: sign in, start a run, watch it, approve.

import { ApolloClient, gql, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { useMutation, useQuery } from '@apollo/client/react';
import { type Attempt, cachePolicies, createFootlight, type Footlight, footlightErrors } from '@footlight/client';
import { FootlightProvider, useInbox, useRun } from '@footlight/client/react';
import { type FormEvent, useState } from 'react';

export function App({ url }: { url: string }) {
  const [api, setApi] = useState<{ client: ApolloClient; footlight: Footlight } | null>(null);
  const signIn = (token: string) => {
    const leave = () => {
      footlight.close();
      setApi(null);
    };
    const footlight = createFootlight({ url, getToken: () => token, onUnauthenticated: leave });
    const client = new ApolloClient({ link: footlight.link, cache: new InMemoryCache(cachePolicies) });
    setApi({ client, footlight });
  };
  if (api === null) return <SignIn onToken={signIn} />;
  return (
    <FootlightProvider {...api}>
      <SignedIn />
    </FootlightProvider>
  );
}

function SignIn({ onToken }: { onToken: (token: string) => void }) {
  return (
    <form onSubmit={(event) => onToken(textsOf(event).token ?? '')}>
      <label>
        Access token <input name="token" type="password" required />
      </label>
      <button type="submit">Sign in</button>
    </form>
  );
}

function SignedIn() {
  const [run, setRun] = useState<string | null>(null);
  return (
    <>
      <Inbox onOpen={setRun} />
      <Start onStarted={setRun} />
      {run && <Run key={run} id={run} />}
    </>
  );
}

function Inbox({ onOpen }: { onOpen: (run: string) => void }) {
  const { items, count } = useInbox();
  return (
    <nav aria-label="Inbox">
      <h2>{count} to decide</h2>
      {items.map(({ id, stageName, execution }) => (
        <button key={id} type="button" onClick={() => onOpen(execution.id)}>
          {execution.workflow?.name}: {stageName ?? 'a stage'}
        </button>
      ))}
    </nav>
  );
}

const WORKFLOWS: TypedDocumentNode<{ workflows: { nodes: { id: string; name: string; inputNames: string[] }[] } }> =
  gql`
  query Workflows {
    workflows(first: 20) {
      nodes {
        id
        name
        inputNames
      }
    }
  }
`;

const START: TypedDocumentNode<{ startExecution: { id: string } }, { input: { workflowId: string; inputs: object } }> =
  gql`
  mutation Start($input: StartExecutionInput!) {
    startExecution(input: $input) {
      id
    }
  }
`;

function Start({ onStarted }: { onStarted: (run: string) => void }) {
  const { data, error } = useQuery(WORKFLOWS);
  const [start, started] = useMutation(START, { onCompleted: (done) => onStarted(done.startExecution.id) });
  const begin = (workflowId: string) => (event: FormEvent<HTMLFormElement>) => {
    // What the server refuses is in `started.error`.
    start({ variables: { input: { workflowId, inputs: textsOf(event) } } }).catch(() => {});
  };
  return (
    <section aria-label="Workflows">
      <Errors of={error ?? started.error} />
      {data?.workflows.nodes.map(({ id, name, inputNames }) => (
        <form key={id} aria-label={name} onSubmit={begin(id)}>
          <h2>{name}</h2>
          {inputNames.map((input) => (
            <label key={input}>
              {input} <textarea name={input} />
            </label>
          ))}
          <button type="submit">Start</button>
        </form>
      ))}
    </section>
  );
}

function Run({ id }: { id: string }) {
  const { run, connection, error } = useRun(id, { deltas: true });
  return (
    <section aria-label="Run">
      <p role="status">
        {connection === 'lost' ? 'The connection is lost, and comes back by itself.' : (run.status ?? 'Loading')}
      </p>
      {error && <p role="alert">{error.message}</p>}
      {run.attempts.map((attempt) => (
        <article key={attempt.logId}>
          <h3>
            {attempt.stageName ?? `Stage ${attempt.stageOrder}`}, attempt {attempt.attemptNumber}: {attempt.verdict}
          </h3>
          <pre>{attempt.text}</pre>
          {attempt.awaitsPerson && <Decide attempt={attempt} />}
        </article>
      ))}
    </section>
  );
}

const DECIDE: TypedDocumentNode<unknown, { input: { logId: string; result: string; notes: string | null } }> = gql`
  mutation Decide($input: RecordManualValidationInput!) {
    recordManualValidation(input: $input) {
      id
      status
    }
  }
`;

function Decide({ attempt: { logId } }: { attempt: Attempt }) {
  const [decide, { error, loading }] = useMutation(DECIDE);
  const [notes, setNotes] = useState('');
  const say = (result: string) => () =>
    decide({ variables: { input: { logId, result, notes: notes || null } } }).catch(() => {});
  return (
    <div>
      <label>
        Notes <textarea value={notes} onChange={(event) => setNotes(event.target.value)} />
      </label>
      {['PASS', 'FAIL'].map((result) => (
        <button key={result} type="button" disabled={loading} onClick={say(result)}>
          {result === 'PASS' ? 'Pass' : 'Refuse'}
        </button>
      ))}
      <Errors of={error} />
    </div>
  );
}

function Errors({ of }: { of: unknown }) {
  return footlightErrors(of).map(({ code, message }) => (
    <p key={message} role="alert">
      {code === 'NETWORK' ? 'The server does not answer.' : message}
    </p>
  ));
}

function textsOf(event: FormEvent<HTMLFormElement>): Record<string, string> {
  event.preventDefault();
  return Object.fromEntries([...new FormData(event.currentTarget)].map(([name, text]) => [name, String(text)]));
}
