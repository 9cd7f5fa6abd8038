import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { framed } from './framed.ts';

let frames: (() => void)[] = [];
const nextFrame = () => {
  for (const callback of frames.splice(0)) callback();
};
beforeEach(() => {
  // Nothing waits for a timer here: they stand still.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
  vi.stubGlobal('cancelAnimationFrame', () => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  frames = [];
});

const thing = (name: string) => ({ data: { thing: { __typename: 'Thing', id: '1', name } } });

/** Somebody who shows a thing, and a server that answers when the test says so. */
function house() {
  const answers = new Map<string, Subject<ApolloLink.Result>>();
  const server = new ApolloLink(({ operationName = '' }) => {
    const answer = new Subject<ApolloLink.Result>();
    answers.set(operationName, answer);
    return answer;
  });
  const client = new ApolloClient({ link: framed().concat(server), cache: new InMemoryCache() });
  const names: unknown[] = [];
  const query = gql('query Shown { thing { id name } }');
  client
    .watchQuery<{ thing: { name: string } }>({ query, notifyOnNetworkStatusChange: false })
    .subscribe(({ data }) => {
      names.push(data?.thing?.name);
    });
  const answer = (operation: string, result: ApolloLink.Result) => answers.get(operation)?.next(result);
  const end = (operation: string) => answers.get(operation)?.complete();
  return { client, names, answer, end };
}

test('an answer comes in the next frame', () => {
  const { names, answer, end } = house();
  answer('Shown', thing('first'));
  end('Shown');
  expect(names).toEqual([]);
  nextFrame();
  expect(names).toEqual(['first']);
});

test('whoever shows what an answer changes hears of it within its frame, not in a task of its own', () => {
  const { client, names, answer, end } = house();
  answer('Shown', thing('first'));
  end('Shown');
  nextFrame();

  client.subscribe({ query: gql('subscription Changes { thing { id name } }') }).subscribe(() => {});
  answer('Changes', thing('second'));
  nextFrame();
  expect(names).toEqual(['first', 'second']);

  client.query({ query: gql('query Another { thing { id name } }'), fetchPolicy: 'network-only' });
  answer('Another', thing('third'));
  end('Another');
  nextFrame();
  expect(names).toEqual(['first', 'second', 'third']);
});

test('of answers that come together the last holds', () => {
  const { client, names, answer, end } = house();
  client.query({ query: gql('query Another { thing { id name } }'), fetchPolicy: 'network-only' });
  answer('Shown', thing('first'));
  answer('Another', thing('second'));
  end('Another');
  end('Shown');
  nextFrame();
  expect(names.at(-1)).toBe('second');
});
