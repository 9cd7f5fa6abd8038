import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { type DocumentNode, parse, print } from 'graphql';
import { of } from 'rxjs';
import { expect, test } from 'vitest';
import { withAllPages } from './allPages.ts';

const QUESTION = parse(`
  query Run($id: ID!, $log: ID!) {
    execution(id: $id) { id ...Run logs(first: 100) { ...Logs } }
    executionLog(id: $log) { id }
  }
  fragment Run on Execution { status }
  fragment Logs on ExecutionLogConnection { nodes { id } }
`);
const LOGS = ['execution', 'logs'];

/** A server that has so many items in each list, and notes what it was asked. */
function clientOf(count: number, asked: string[] = []) {
  const link = new ApolloLink(({ query, variables }) => {
    const text = print(query).replaceAll(/\s+/g, ' ');
    asked.push(`${text} ${JSON.stringify(variables)}`);
    const from = Number(/after: "(\d+)"/.exec(text)?.[1] ?? 0);
    const size = Number(/first: (\d+)/.exec(text)?.[1] ?? variables.first);
    const pageInfo = { hasNextPage: from + size < count, endCursor: String(from + size) };
    const name = /(\w+): \w+\(first/.exec(text)?.[1] ?? (text.includes('logs') ? 'logs' : 'runs');
    const list = { [name]: { __typename: 'Connection', pageInfo: { __typename: 'PageInfo', ...pageInfo } } };
    const root = /(left|right):/.exec(text)?.[1] ?? 'execution';
    return of({ data: text.includes('logs') ? { [root]: { __typename: 'Execution', ...list } } : list });
  });
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

const written = async (whole: DocumentNode | Promise<DocumentNode>) => print(await whole).replaceAll(/\s+/g, ' ');

test('what is on one page is asked for as it is, and nobody is asked', () => {
  const asked: string[] = [];
  const lists = [{ at: LOGS, count: 100 }];
  expect(withAllPages(clientOf(100, asked), QUESTION, { id: 'r' }, lists)).toBe(QUESTION);
  expect(asked).toEqual([]);
});

test('further pages stand beside the first, each after where the one before it ends', async () => {
  const asked: string[] = [];
  const whole = withAllPages(clientOf(250, asked), QUESTION, { id: 'r', log: 'l' }, [{ at: LOGS, count: 250 }]);
  expect(await written(whole)).toBe(
    'query Run($id: ID!, $log: ID!) { execution(id: $id) { id ...Run logs(first: 100) { ...Logs } ' +
      'logs2: logs(first: 100, after: "100") { ...Logs } logs3: logs(first: 100, after: "200") { ...Logs } } ' +
      'executionLog(id: $log) { id } } fragment Run on Execution { status } ' +
      'fragment Logs on ExecutionLogConnection { nodes { id } }',
  );
  expect(asked[0]).toContain('query RunEnd($id: ID!) { execution(id: $id) { logs(first: 100) { pageInfo {');
  expect(asked.length).toBe(2);
});

test('what is too much for one operation is in further ones, with nothing beside', async () => {
  const whole = withAllPages(clientOf(750), QUESTION, { id: 'r', log: 'l' }, [{ at: LOGS, count: 750 }]);
  const text = await written(whole);
  expect(text).toContain('logs5: logs(first: 100, after: "400") { ...Logs } } executionLog');
  expect(text).toContain(
    'query Run2($id: ID!) { execution(id: $id) { logs6: logs(first: 100, after: "500") { ...Logs } ' +
      'logs7: logs(first: 100, after: "600") { ...Logs } logs8: logs(first: 100, after: "700") { ...Logs } } } fragment',
  );
});

test('each of two lists has its own, and one that is shorter by now ends where it ends', async () => {
  const question = parse(
    '{ left: execution(id: "l") { logs(first: 100) { id } } right: execution(id: "r") { logs(first: 100) { id } } }',
  );
  const lists = ['left', 'right'].map((side) => ({ at: [side, 'logs'], count: 400 }));
  const text = await written(withAllPages(clientOf(150), question, {}, lists));
  const logs = 'logs(first: 100) { id } logs2: logs(first: 100, after: "100") { id }';
  expect(text).toContain(`left: execution(id: "l") { ${logs} } right: execution(id: "r") { ${logs} }`);
});

test('a page may be as long as a variable says, and the list at the root', async () => {
  const question = parse('query Runs($first: Int!, $after: String) { runs(first: $first, after: $after) { id } }');
  const text = await written(withAllPages(clientOf(90), question, { first: 50 }, [{ at: ['runs'], count: 51 }]));
  expect(text).toContain('runs2: runs(first: $first, after: "50") { id }');
});
