import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook, screen } from '@testing-library/react';
import { Component } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { fetchingClient } from '../exact/testing.ts';
import type { EditorWorkflowQuery } from './EditorWorkflow.generated.ts';
import { useExactWorkflow } from './useExactWorkflow.ts';

const connection = vi.hoisted(() => ({ now: 'open' }));
vi.mock('@footlight/client/react', () => ({ useConnection: () => connection.now }));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

type Workflow = NonNullable<EditorWorkflowQuery['workflow']>;

const written = (version: number, seed: string, id = 'w') =>
  `{"id": "${id}", "version": ${version}, "metadata": {"seed": ${seed}}, "stages": []}`;
const brought = (version: number, seed: string, id?: string): Workflow => JSON.parse(written(version, seed, id));
const client = fetchingClient();

class Caught extends Component<{ children: React.ReactNode }> {
  override state = { message: '' };
  static getDerivedStateFromError = ({ message }: Error) => ({ message });
  override render = () => this.state.message || this.props.children;
}

function use(first: Workflow, around = (children: React.ReactNode) => children) {
  return renderHook(({ workflow }) => useExactWorkflow(workflow), {
    initialProps: { workflow: first },
    wrapper: ({ children }) => <ApolloProvider client={client}>{around(children)}</ApolloProvider>,
  });
}

test('a workflow is there at once where nothing can be rounded, and stays while the digits of the next are read', async () => {
  let answer = (_: Response) => {};
  const ask = vi.fn(() => new Promise<Response>((settle) => (answer = settle)));
  vi.stubGlobal('fetch', ask);
  const { result, rerender } = use(brought(1, '0.7'));
  expect(result.current?.version).toBe(1);
  rerender({ workflow: brought(2, '9007199254740993') });
  expect(result.current?.version).toBe(1);
  await vi.waitFor(() => expect(ask).toHaveBeenCalled());
  await act(async () => answer(new Response(`{"data": {"workflow": ${written(2, '9007199254740993')}}}`)));
  expect(JSON.stringify(result.current)).toContain('"version":2,"metadata":{"seed":9007199254740993}');
});

test('where the digits cannot be read it stays what it was, and nothing is shown with others', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')));
  const { result, rerender } = use(brought(1, '0.7'));
  rerender({ workflow: brought(2, '9007199254740993') });
  await act(async () => {});
  expect(result.current?.version).toBe(1);
  cleanup();
  // React says it, too.
  vi.spyOn(console, 'error').mockImplementation(() => {});
  use(brought(1, '9007199254740993'), (children) => <Caught>{children}</Caught>);
  expect(await screen.findByText('Failed to fetch')).toBeTruthy();
});

test('digits that could not be read are asked for when the connection is back', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')));
  const { result, rerender } = use(brought(1, '0.7'));
  const next = brought(2, '1.0');
  connection.now = 'lost';
  rerender({ workflow: next });
  await act(async () => {});
  vi.stubGlobal('fetch', async () => new Response(`{"data": {"workflow": ${written(2, '1.0')}}}`));
  expect(result.current?.version).toBe(1);
  connection.now = 'open';
  rerender({ workflow: next });
  await vi.waitFor(() => expect(JSON.stringify(result.current)).toContain('"version":2,"metadata":{"seed":1.0}'));
});

test('what failed of one workflow is not said of another', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')));
  const { result, rerender } = use(brought(1, '0.7'));
  rerender({ workflow: brought(2, '9007199254740993') });
  await act(async () => {});
  vi.stubGlobal(
    'fetch',
    async () => new Response(`{"data": {"workflow": ${written(1, '9007199254740995', 'other')}}}`),
  );
  rerender({ workflow: brought(1, '9007199254740995', 'other') });
  await vi.waitFor(() => expect(result.current?.id).toBe('other'));
});
