import { ApolloProvider } from '@apollo/client/react';
import { initialRun } from '@footlight/client';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { fetchingClient } from '../../exact/testing.ts';
import type { RunShown } from '../RunView.tsx';
import { RerunDialog } from './RerunDialog.tsx';

vi.mock('@tanstack/react-router', () => ({ useNavigate: () => () => {} }));

const connection = vi.hoisted(() => ({ now: 'open' }));
vi.mock('@footlight/client/react', () => ({ useConnection: () => connection.now }));

HTMLDialogElement.prototype.showModal ??= () => {};
HTMLDialogElement.prototype.close ??= () => {};

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const client = fetchingClient();

function show(executionInputs: object) {
  const execution = { id: 'r', workflow: null, workflowVersion: 1, definition: {}, executionInputs } as RunShown;
  const dialog = () => (
    <ApolloProvider client={client}>
      <RerunDialog execution={execution} run={initialRun('r')} stages={[]} from={null} onClose={() => {}} />
    </ApolloProvider>
  );
  const { rerender } = render(dialog());
  return {
    become: (now: string) => {
      connection.now = now;
      rerender(dialog());
    },
  };
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

test('digits that could not be read are asked for when the connection is back', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')));
  const { become } = show({ n: JSON.parse('9007199254740993') });
  become('lost');
  expect(await screen.findByText(/no answer came/)).toBeTruthy();
  const answer = '{"data":{"execution":{"executionInputs":{"n":9007199254740993}}}}';
  vi.stubGlobal('fetch', async () => new Response(answer));
  become('open');
  await vi.waitFor(() => expect(field('n').value).toBe('9007199254740993'));
});
