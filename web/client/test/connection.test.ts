import { type ApolloClient, gql } from '@apollo/client';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type ConnectionState, type Footlight, foldRunEvents, footlightErrors, initialRun } from '../src/index.ts';
import { type House, startHouse, watch } from './house.ts';

let house: House;

beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());
beforeEach(() => {
  house.provider.script(() => ({ words: ['one \u{1F600}', ' two', ' three \u{1F680}', ' four'], pause: 100 }));
});

const ME = gql('query { me { id } }');
const STATUSES = gql('subscription { executionStatusChanged { executionId status } }');

function statesOf({ connection }: Footlight): ConnectionState[] {
  const states = [connection.current()];
  connection.subscribe(() => states.push(connection.current()));
  return states;
}

const until = (condition: () => boolean, timeout = 10_000) =>
  vi.waitUntil(condition, { timeout, interval: 20 }).then(() => undefined);

test('a socket that is cut, again and again, loses no event, repeats none, and keeps every word', async () => {
  const { client, footlight, close } = house.connect();
  const states = statesOf(footlight);
  const id = await house.start(await house.workflow([{}, {}, {}]));
  let cuts = 0;
  const events = await watch(client, id, (event) => {
    if (event.__typename === 'StageOutputDelta' && cuts < 6) {
      cuts += 1;
      house.proxy.cut();
    }
  });
  const stored = events.filter(({ __typename }) => __typename !== 'StageOutputDelta').map(({ seq }) => seq);
  expect(stored).toEqual(stored.map((_, index) => index + 1));
  const run = foldRunEvents(initialRun(id), events);
  expect(run).toMatchObject({ gap: false, status: 'COMPLETED' });
  expect(run.attempts.map(({ text }) => text)).toEqual(Array(3).fill('one \u{1F600} two three \u{1F680} four'));
  expect(cuts).toBeGreaterThan(2);
  expect(states.slice(0, 5)).toEqual(['idle', 'connecting', 'open', 'lost', 'open']);
  close();
});

test('a literal after and an alias go on where they stand, too', async () => {
  const { client, close } = house.connect();
  const id = await house.start(await house.workflow([{}, {}]));
  const query = gql(
    `subscription { watched: executionEvents(executionId: "${id}", after: 2) { number: seq occurredAt } }`,
  );
  const numbers: number[] = [];
  await new Promise<void>((settle, fail) => {
    client.subscribe({ query, fetchPolicy: 'no-cache' }).subscribe({
      next({ data }) {
        numbers.push((data as { watched: { number: number } }).watched.number);
        if (numbers.length % 2 === 1) house.proxy.cut();
      },
      error: fail,
      complete: settle,
    });
  });
  expect(numbers).toEqual([3, 4, 5, 6, 7]);
  close();
});

test('a server that is killed and comes back goes on telling of what it does', async () => {
  const { client, footlight, close } = house.connect();
  const seen: string[] = [];
  client.subscribe({ query: STATUSES, fetchPolicy: 'no-cache' }).subscribe(({ data }) => {
    seen.push((data as { executionStatusChanged: { status: string } }).executionStatusChanged.status);
  });
  await until(() => footlight.connection.current() === 'open');
  await house.crash();
  await until(() => footlight.connection.current() === 'open');
  await vi.waitFor(
    async () => {
      await house.start(await house.workflow([{}]));
      await until(() => seen.includes('COMPLETED'), 2000);
    },
    { timeout: 15_000 },
  );
  close();
});

test('a token that is renewed in time goes with a ping: the socket stays', async () => {
  const user = crypto.randomUUID();
  let token: string = house.server.token({ user, seconds: 3 });
  const { client, footlight, close } = house.connect(() => token);
  const states = statesOf(footlight);
  const failed = vi.fn();
  client.subscribe({ query: STATUSES, fetchPolicy: 'no-cache' }).subscribe({ error: failed });
  await until(() => footlight.connection.current() === 'open');
  token = house.server.token({ user });
  footlight.tokenRenewed();
  await new Promise((settle) => setTimeout(settle, 4500));
  expect(states).toEqual(['idle', 'connecting', 'open']);
  expect(failed).not.toHaveBeenCalled();
  close();
});

test('a token that runs out is renewed after 4403, and the watch goes on', async () => {
  const user = crypto.randomUUID();
  let token: string = house.server.token({ user, seconds: 2 });
  const onUnauthenticated = vi.fn();
  const { client, footlight, close } = house.connect(() => token, { onUnauthenticated });
  const states = statesOf(footlight);
  const failed = vi.fn();
  client.subscribe({ query: STATUSES, fetchPolicy: 'no-cache' }).subscribe({ error: failed });
  await until(() => footlight.connection.current() === 'open');
  await until(() => footlight.connection.current() === 'lost', 16_000);
  // Whoever keeps the session has not renewed it yet.
  setTimeout(() => {
    token = house.server.token({ user });
  }, 400);
  await until(() => footlight.connection.current() === 'open');
  expect(states).toEqual(['idle', 'connecting', 'open', 'lost', 'open']);
  expect(failed).not.toHaveBeenCalled();
  expect(onUnauthenticated).not.toHaveBeenCalled();
  close();
});

async function errorOf(client: ApolloClient): Promise<unknown> {
  return new Promise((settle) => {
    client.subscribe({ query: STATUSES, fetchPolicy: 'no-cache' }).subscribe(({ error }) => settle(error));
  });
}

test('a token that is not believed ends the watch, and is told once', async () => {
  const onUnauthenticated = vi.fn();
  const { client, footlight, close } = house.connect(() => 'no.such.token', { onUnauthenticated });
  expect(footlightErrors(await errorOf(client))).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
  expect(onUnauthenticated).toHaveBeenCalledTimes(1);
  await until(() => footlight.connection.current() === 'idle');
  close();
});

test('whoever is not signed in is not let in', async () => {
  const { client, close } = house.connect(() => null);
  expect(footlightErrors(await errorOf(client))).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
  const refused = await client.query({ query: ME }).catch((error: unknown) => error);
  expect(footlightErrors(refused)).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
  close();
});

test('a request whose token has run out is sent again with a renewed one', async () => {
  const user = crypto.randomUUID();
  const tokens = [house.server.token({ user, seconds: -60 }), house.server.token({ user })];
  const onUnauthenticated = vi.fn();
  const { client, close } = house.connect(() => tokens.shift() ?? null, { onUnauthenticated });
  const { data } = await client.query({ query: ME });
  expect(data).toMatchObject({ me: { id: user } });
  expect(onUnauthenticated).not.toHaveBeenCalled();
  close();
});

test('what is refused is told with its code, and not tried again', async () => {
  const { client, close } = house.connect();
  const error = await watch(client, crypto.randomUUID()).catch((error: unknown) => error);
  expect(footlightErrors(error)).toMatchObject([{ code: 'NOT_FOUND' }]);
  close();
});

test('a connection that is dead without a word is given up', async () => {
  const { client, footlight, close } = house.connect();
  client.subscribe({ query: STATUSES, fetchPolicy: 'no-cache' }).subscribe({});
  await until(() => footlight.connection.current() === 'open');
  house.proxy.freeze();
  footlight.tokenRenewed();
  await until(() => footlight.connection.current() === 'lost');
  await until(() => footlight.connection.current() === 'open');
  close();
});

test('the socket is closed a while after the last watch, and not between two', async () => {
  const { client, footlight, close } = house.connect();
  const states = statesOf(footlight);
  const one = client.subscribe({ query: STATUSES, fetchPolicy: 'no-cache' }).subscribe({});
  await until(() => footlight.connection.current() === 'open');
  one.unsubscribe();
  const other = client.subscribe({ query: STATUSES, fetchPolicy: 'no-cache' }).subscribe({});
  await new Promise((settle) => setTimeout(settle, 200));
  other.unsubscribe();
  await until(() => footlight.connection.current() === 'idle');
  expect(states).toEqual(['idle', 'connecting', 'open', 'idle']);
  close();
});
