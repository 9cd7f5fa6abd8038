// The server, a model of the test's own, a proxy between, and clients as front ends make them.

import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import WebSocket from 'ws';
// The clients' tests of the server have it: a server on a fresh file, that can be killed and started again.
import { startServer } from '../../../tests/clients/support/server.mjs';
import {
  cachePolicies,
  createFootlight,
  foldRun,
  initialRun,
  RUN_EVENT_FIELDS,
  type RunEvent,
  type RunState,
} from '../src/index.ts';
import { startProvider } from './provider.ts';
import { startProxy } from './proxy.ts';

// What Node has from version 22 on, and browsers have.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

export type House = Awaited<ReturnType<typeof startHouse>>;

export async function startHouse(variables: Record<string, string> = {}) {
  const provider = await startProvider();
  const server = await startServer({ OPENAI_BASE_URL: provider.url, ...variables });
  const proxy = await startProxy(() => Number(new URL(server.url).port));
  const token: string = server.token();
  const change = (name: string) => (id: string) =>
    server.data(token, `mutation ($id: ID!) { ${name}(id: $id) { id } }`, { id });
  return {
    provider,
    server,
    proxy,
    token,
    connect: (getToken: () => string | null | Promise<string | null> = () => token, options = {}) =>
      connect(`http://127.0.0.1:${proxy.port}/graphql`, getToken, options),
    data: (query: string, variables?: object) => server.data(token, query, variables),
    workflow: (stages: object[]): Promise<string> => server.workflow(token, stages),
    async start(workflowId: string, inputs: object = {}): Promise<string> {
      const query = 'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { id } }';
      const { startExecution } = await server.data(token, query, { input: { workflowId, inputs } });
      return startExecution.id;
    },
    pause: change('pauseExecution'),
    resume: change('resumeExecution'),
    cancel: change('cancelExecution'),
    decide(logId: string, decision: object) {
      const query = 'mutation ($input: RecordManualValidationInput!) { recordManualValidation(input: $input) { id } }';
      return server.data(token, query, { input: { logId, ...decision } });
    },
    /** As `kill -9` does; it is started again at once. */
    async crash() {
      await server.kill();
      await server.start();
    },
    async stop() {
      proxy.stop();
      provider.stop();
      await server.stop();
    },
  };
}

function connect(url: string, getToken: () => string | null | Promise<string | null>, options: object) {
  const footlight = createFootlight({ url, getToken, ...options });
  const client = new ApolloClient({ link: footlight.link, cache: new InMemoryCache(cachePolicies) });
  return { footlight, client, close: () => footlight.close() };
}

const WATCH = gql`
  subscription Watch($id: ID!, $deltas: Boolean = false) {
    executionEvents(executionId: $id, deltas: $deltas) {
      ...RunEventFields
    }
  }
  ${RUN_EVENT_FIELDS}
`;

/** Every event of a run to its end, deltas included. `see` is told of each, and of the state after it. */
export function watch(
  client: ApolloClient,
  id: string,
  see: (event: RunEvent, state: RunState) => void = () => {},
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  let state = initialRun(id);
  return new Promise((settle, fail) => {
    client.subscribe({ query: WATCH, variables: { id, deltas: true }, fetchPolicy: 'no-cache' }).subscribe({
      next({ data, error }) {
        if (error) return fail(error);
        const event = (data as { executionEvents: RunEvent }).executionEvents;
        events.push(event);
        state = foldRun(state, event);
        see(event, state);
      },
      error: fail,
      complete: () => settle(events),
    });
  });
}
