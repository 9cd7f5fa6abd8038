import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { initialRun } from '@footlight/client';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import type { RunShown } from '../RunView.tsx';
import { RerunDialog } from './RerunDialog.tsx';

vi.mock('@tanstack/react-router', () => ({
  useNavigate: () => () => {},
  useRouteContext: () => ({ session: { token: async () => null } }),
}));

HTMLDialogElement.prototype.showModal ??= () => {};
HTMLDialogElement.prototype.close ??= () => {};

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.empty() });

function show(executionInputs: object) {
  const execution = { id: 'r', workflow: null, workflowVersion: 1, definition: {}, executionInputs } as RunShown;
  render(
    <ApolloProvider client={client}>
      <RerunDialog execution={execution} run={initialRun('r')} stages={[]} from={null} onClose={() => {}} />
    </ApolloProvider>,
  );
}

const field = (name: string) => screen.getByLabelText<HTMLTextAreaElement>(name);

test('what is JSON cannot be written over before its digits are read', async () => {
  let answer = (_: Response) => {};
  vi.stubGlobal('fetch', () => new Promise<Response>((settle) => (answer = settle)));
  show({ topic: 'tea', n: JSON.parse('9007199254740993') });
  await act(async () => {});
  expect([field('topic').readOnly, field('n').readOnly]).toEqual([false, true]);
  const inputs = '{"topic":"tea","n":9007199254740993}';
  await act(async () => answer(new Response(`{"data":{"execution":{"executionInputs":${inputs}}}}`)));
  expect(field('n').readOnly).toBe(false);
  expect(field('n').value).toBe('9007199254740993');
});
