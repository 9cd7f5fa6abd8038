import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenToKeys } from '../ui/keys.ts';
import { LetterDocument } from './Letter.generated.ts';
import { LetterPage } from './LetterPage.tsx';
import type { Fate, Letter } from './letters.ts';

vi.mock('@tanstack/react-router', () => ({ Link: () => null }));
vi.mock('@footlight/client/react', () => ({ useConnection: () => 'open' }));
vi.mock('../exact/useExact.ts', () => ({ useExact: (_: unknown, __: unknown, brought: unknown) => brought }));
vi.mock('../app/ahead.ts', () => ({ usePolicy: () => 'cache-first' }));
vi.mock('./Context.tsx', () => ({ Context: () => null }));
vi.mock('./routes.ts', () => ({ inboxRoute: { useRouteContext: () => ({ session: { userId: () => user } }) } }));

/** Each test has another, for drafts are kept by person. */
let user = 'noor';

let deafen: () => void;
beforeEach(() => {
  user += '!';
  Element.prototype.scrollIntoView ??= () => {};
  window.matchMedia ??= (() => ({ matches: false, addEventListener() {}, removeEventListener() {} })) as never;
  deafen = listenToKeys(window);
});
afterEach(() => {
  cleanup();
  deafen();
});

const LOG = {
  ...{ __typename: 'ExecutionLog', id: 'log', status: 'STARTED', validationResult: 'PENDING', stageOrder: 1 },
  ...{ stageName: 'Second reading', attemptNumber: 1, visit: 1, rawOutput: 'Dear Noor,', variables: [] },
  ...{ systemSent: null, promptSent: null, answeredAt: null, executedAt: '2026-12-01T09:00:00.000Z' },
  execution: { __typename: 'Execution', id: 'run', definition: null, workflow: null },
};

/** The page of one letter, of which the server says `log`. */
function open(log: object | null = LOG) {
  const decided = vi.fn();
  const link = new ApolloLink(({ operationName, variables: { id, input } }) => {
    if (operationName === 'Decide') decided(input);
    const data =
      operationName === 'Letter'
        ? { executionLog: log && { ...log, id } }
        : { execution: null, recordManualValidation: LOG };
    return new Observable((observer) => {
      observer.next({ data });
      observer.complete();
    });
  });
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const onLater = vi.fn();
  const page = (letter: Letter | null, later: (() => void) | null = onLater, id = 'log') => (
    <ApolloProvider client={client}>
      <LetterPage id={id} letter={letter} place={{ at: 1, of: 2 }} list={null} onDecided={vi.fn()} onLater={later} />
    </ApolloProvider>
  );
  const { rerender } = render(page(letterOf(null)));
  return {
    client,
    onLater,
    become: (fate: Fate) => rerender(page(letterOf(fate))),
    decided,
    next: (id: string) => rerender(page(letterOf(null), onLater, id)),
    isTheLast: () => rerender(page(letterOf(null), null)),
  };
}

const letterOf = (fate: Fate | null): Letter => ({ item: LOG as never, fate });
const elsewhere: Fate = { result: 'PASS', at: null, isMine: false };
const field = () => screen.getByLabelText<HTMLTextAreaElement>(/your edit/i);

test('a letter that is decided elsewhere while it is edited leaves the field, its text and its keys to who writes', async () => {
  const { keyboard } = userEvent.setup();
  const { become, onLater } = open();
  await screen.findByText('Dear Noor,');
  await keyboard('e');
  expect(document.activeElement).toBe(field());
  await keyboard('Oh ');
  const before = field();
  become(elsewhere);
  expect(field()).toBe(before);
  expect(document.activeElement).toBe(before);
  screen.getByText(/It was decided meanwhile/);
  await keyboard('just pay ');
  expect(before.value).toBe('Oh just pay Dear Noor,');
  expect(onLater).not.toHaveBeenCalled();
  screen.getByRole('button', { name: 'Copy your edit' });
});

test('so does one whose run is deleted', async () => {
  const { keyboard } = userEvent.setup();
  const { client, become } = open();
  await screen.findByText('Dear Noor,');
  await keyboard('eOh ');
  client.cache.evict({ id: 'ExecutionLog:log' });
  client.cache.gc();
  become({ result: 'DELETED', at: null, isMine: false });
  await keyboard('just pay ');
  expect(field().value).toBe('Oh just pay Dear Noor,');
  expect(document.activeElement).toBe(field());
});

test('the key after E is meant for the field', async () => {
  open();
  await screen.findByText('Dear Noor,');
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'e' }));
  expect(document.activeElement).toBe(field());
});

test('of an answer that is not there nothing can be decided', async () => {
  open(null);
  await screen.findByText(/There is no such answer/);
  screen.getByText(/nothing .*to decide here/);
  expect(screen.queryByRole('button', { name: /^Pass/ })).toBeNull();
});

test('one whose run was cancelled says so, and is not asked about', async () => {
  open({ ...LOG, status: 'CANCELLED' });
  await screen.findByText('It waits no more: its run was cancelled.');
  expect(screen.queryByRole('button', { name: /^Pass/ })).toBeNull();
});

test('where no other letter waits none can be left for later', async () => {
  const { isTheLast } = open();
  await screen.findByRole('button', { name: /^Later/ });
  isTheLast();
  expect(screen.queryByRole('button', { name: /^Later/ })).toBeNull();
});

test('notes are asked for no more once it is decided, unless somebody is about to write them', async () => {
  const { keyboard } = userEvent.setup();
  const { become } = open();
  await screen.findByText('Dear Noor,');
  await keyboard('n');
  become(elsewhere);
  await keyboard('just pay');
  expect(screen.getByLabelText<HTMLTextAreaElement>(/^Notes, kept here/).value).toBe('just pay');
  await keyboard('{Control>}a{/Control}{Backspace}{Escape}');
  expect(screen.queryByLabelText(/^Notes/)).toBeNull();
});

test('P pressed twice passes one letter, and not the next one unread', async () => {
  const { client, decided, next } = open();
  const data = { executionLog: { ...LOG, id: 'other' } } as never;
  // The next one is there at once, so that the second press comes in the same moment.
  client.writeQuery({ query: LetterDocument, variables: { id: 'other' }, data });
  const isRead = () => waitFor(() => expect(document.querySelector('article[data-new]')).toBeNull());
  await screen.findByText('Dear Noor,');
  await isRead();
  const press = () => fireEvent.keyDown(document.body, { key: 'p' });
  press();
  await waitFor(() => expect(decided).toHaveBeenCalledWith({ logId: 'log', result: 'PASS' }));
  next('other');
  screen.getByText('Dear Noor,');
  press();
  await isRead();
  expect(decided).toHaveBeenCalledTimes(1);
  press();
  await waitFor(() => expect(decided).toHaveBeenCalledTimes(2));
});
