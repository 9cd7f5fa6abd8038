import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import type { Attempt } from '@footlight/client';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { at, runOf, started, status } from '../testing.ts';
import { Answer } from './Answer.tsx';

afterEach(cleanup);

const WHOLE = 'There is hummus that is good.';

function show(attempt: Partial<Attempt>) {
  const [own] = runOf(status('RUNNING'), started(1)).attempts;
  const link = new ApolloLink(
    () =>
      new Observable((observer) => {
        const log = { __typename: 'ExecutionLog', id: own?.logId, rawOutput: WHOLE, editedOutput: null };
        observer.next({ data: { executionLog: log } });
        observer.complete();
      }),
  );
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  return render(
    <ApolloProvider client={client}>
      <Answer attempt={{ ...(own as Attempt), ...attempt }} isNear isLast />
    </ApolloProvider>,
  ).container;
}

const lamp = (page: HTMLElement) => page.querySelector('[class*=lamp]');

test('an answer whose judge reads it is there to its last word, and nobody writes', async () => {
  const page = show({ text: 'There is hummus that is', answeredAt: at(5) });
  await screen.findByText(WHOLE);
  expect(lamp(page)).toBeNull();
});

test('so it is where none of its words were seen', async () => {
  show({ text: '', answeredAt: at(5) });
  await screen.findByText(WHOLE);
});

test('what is being written is shown as far as it came', () => {
  const page = show({ text: 'There is hummus that is' });
  screen.getByText('There is hummus that is');
  expect(lamp(page)).not.toBeNull();
});
