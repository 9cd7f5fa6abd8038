import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { resume } from './resume.ts';

type Subscriber = { next(result: ApolloLink.Result): void; error(error: unknown): void; complete(): void };

/** A link that subscribes again when it breaks, as those below `resume` do, and what it was asked. */
function scripted(...scripts: ((to: Subscriber) => void)[]) {
  const asked: unknown[] = [];
  const below = new ApolloLink(
    (operation) =>
      new Observable((to) => {
        for (const script of scripts) {
          asked.push({ ...operation.variables });
          script(to);
        }
      }),
  );
  const client = new ApolloClient({ cache: new InMemoryCache(), link: resume().concat(below) });
  return { client, asked };
}

const event = (seq: number, __typename = 'StageStarted') => ({ data: { executionEvents: { __typename, seq } } });

function received(client: ApolloClient, document: string, variables = {}): Promise<unknown[]> {
  const seen: unknown[] = [];
  return new Promise((settle, fail) => {
    const events = client.subscribe({ query: gql(document), variables, fetchPolicy: 'no-cache' });
    events.subscribe({
      next: ({ data }) => seen.push(Object.values(data as Record<string, { seq: number }>)[0]?.seq),
      error: fail,
      complete: () => settle(seen),
    });
  });
}

test('it begins where the document says, and goes on after the last event', async () => {
  const { client, asked } = scripted(
    (to) => [5, 6].forEach((seq) => void to.next(event(seq))),
    (to) => {
      [6, 7].forEach((seq) => void to.next(event(seq)));
      to.complete();
    },
  );
  const seen = await received(client, 'subscription { executionEvents(executionId: "1", after: 4) { seq } }');
  expect(seen).toEqual([5, 6, 7]);
  expect(asked).toEqual([{ footlightAfter: 4 }, { footlightAfter: 6 }]);
});

test('the variable of the document is the place, and whoever subscribed keeps theirs', async () => {
  const { client, asked } = scripted(
    (to) => to.next(event(3)),
    (to) => to.complete(),
  );
  const variables = { from: 2 };
  const document = 'subscription ($from: Int) { executionEvents(executionId: "1", after: $from) { occurredAt } }';
  await received(client, document, variables);
  expect(asked).toEqual([{ from: 2 }, { from: 3 }]);
  expect(variables).toEqual({ from: 2 });
});

test('null for the variable is the beginning, whatever its default', async () => {
  const { client, asked } = scripted((to) => to.complete());
  const document = 'subscription ($from: Int = 3) { executionEvents(executionId: "1", after: $from) { seq } }';
  await received(client, document, { from: null });
  await received(client, document);
  expect(asked).toEqual([{ from: 0 }, { from: 3 }]);
});

test('deltas repeat the number of an event, and pass', async () => {
  const { client } = scripted((to) => {
    for (const [seq, type] of [
      [1, 'StageStarted'],
      [1, 'StageOutputDelta'],
      [1, 'StageOutputDelta'],
      [1, 'StageStarted'],
      [2, 'StageFinished'],
    ] as const) {
      to.next(event(seq, type));
    }
    to.complete();
  });
  const seen = await received(client, 'subscription { executionEvents(executionId: "1", deltas: true) { seq } }');
  expect(seen).toEqual([1, 1, 1, 2]);
});

test('errors pass as they are', async () => {
  const { client } = scripted((to) => {
    to.next({ data: null, errors: [{ message: 'gone', extensions: { code: 'NOT_FOUND' } }] } as ApolloLink.Result);
    to.complete();
  });
  const told = await new Promise((settle) => {
    const events = client.subscribe({ query: gql('subscription { executionEvents(executionId: "1") { seq } }') });
    events.subscribe(({ error }) => settle(error?.message));
  });
  expect(told).toBe('gone');
});
