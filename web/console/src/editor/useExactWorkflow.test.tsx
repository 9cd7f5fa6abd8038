import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import type { EditorWorkflowQuery } from './EditorWorkflow.generated.ts';
import { useExactWorkflow } from './useExactWorkflow.ts';

vi.mock('@tanstack/react-router', () => ({ useRouteContext: () => ({ session: { token: async () => null } }) }));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

type Workflow = NonNullable<EditorWorkflowQuery['workflow']>;

const written = (version: number, seed: string) => `{"id": "w", "version": ${version}, "metadata": {"seed": ${seed}}}`;
const brought = (version: number, seed: string): Workflow => JSON.parse(written(version, seed));
const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.empty() });

function use(first: Workflow) {
  return renderHook(({ workflow }) => useExactWorkflow(workflow), {
    initialProps: { workflow: first },
    wrapper: ({ children }) => <ApolloProvider client={client}>{children}</ApolloProvider>,
  });
}

test('a workflow is there at once where nothing can be rounded, and stays while the digits of the next are read', async () => {
  let answer = (_: Response) => {};
  const ask = vi.fn(() => new Promise<Response>((settle) => (answer = settle)));
  vi.stubGlobal('fetch', ask);
  const { result, rerender } = use(brought(1, '7'));
  expect(result.current?.version).toBe(1);
  rerender({ workflow: brought(2, '9007199254740993') });
  expect(result.current?.version).toBe(1);
  await vi.waitFor(() => expect(ask).toHaveBeenCalled());
  await act(async () => answer(new Response(`{"data": {"workflow": ${written(2, '9007199254740993')}}}`)));
  expect(JSON.stringify(result.current)).toContain('"version":2,"metadata":{"seed":9007199254740993}');
});

test('where the digits cannot be read it is shown as it was brought', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new Error('offline')));
  const rounded = brought(1, '9007199254740993');
  const { result } = use(rounded);
  expect(result.current).toBe(null);
  await act(async () => {});
  expect(result.current).toBe(rounded);
});
