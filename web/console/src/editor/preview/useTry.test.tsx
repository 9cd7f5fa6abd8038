import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook } from '@testing-library/react';
import { of } from 'rxjs';
import { afterEach, expect, test, vi } from 'vitest';
import type { DraftState } from '../draft/useDraft.ts';
import { useTry } from './useTry.ts';

vi.mock('@tanstack/react-router', () => ({ useRouteContext: () => ({ session: { token: async () => null } }) }));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test('what a run was given is given again with all its digits', async () => {
  const inputs = '{"n":9007199254740993,"f":1.0}';
  vi.stubGlobal('fetch', async () => new Response(`{"data":{"execution":{"executionInputs":${inputs}}}}`));
  let sent = '';
  const link = new ApolloLink(({ variables }) => {
    sent = JSON.stringify(variables);
    return of({ data: { startExecution: { __typename: 'Execution', id: 'tried' } } });
  });
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const { result } = renderHook(() => useTry({ changes: 0 } as DraftState, 'w', 2, () => {}), {
    wrapper: ({ children }) => <ApolloProvider client={client}>{children}</ApolloProvider>,
  });
  await act(async () => result.current.anew({ of: 'earlier' }));
  expect(result.current).toMatchObject({ runId: 'tried', refusal: null });
  expect(sent).toContain(inputs);
});
