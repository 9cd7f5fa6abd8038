import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { fetchingClient } from '../../exact/testing.ts';
import type { DraftState } from '../draft/useDraft.ts';
import { useTry } from './useTry.ts';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test('what a run was given is given again with all its digits', async () => {
  const inputs = '{"n":9007199254740993,"f":1.0}';
  let sent = '';
  vi.stubGlobal('fetch', async (_: string, { body }: { body: string }) => {
    if (!body.includes('mutation'))
      return new Response(
        `{"data":{"execution":{"__typename":"Execution","id":"earlier","executionInputs":${inputs}}}}`,
      );
    sent = body;
    return new Response('{"data":{"startExecution":{"__typename":"Execution","id":"tried"}}}');
  });
  const client = fetchingClient();
  const { result } = renderHook(() => useTry({ changes: 0 } as DraftState, 'w', 2, () => {}), {
    wrapper: ({ children }) => <ApolloProvider client={client}>{children}</ApolloProvider>,
  });
  await act(async () => result.current.anew({ of: 'earlier' }));
  await waitFor(() => expect(result.current).toMatchObject({ runId: 'tried', refusal: null }));
  expect(sent).toContain(inputs);
});
