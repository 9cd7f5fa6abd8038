import { parse, print } from 'graphql';
import { expect, test } from 'vitest';
import { together } from './question.ts';

const ROW = 'fragment Row on Execution { id }';
const LIST = parse(`query Runs($first: Int!) { executions(first: $first) { nodes { ...Row } } } ${ROW}`);
const ONE = parse(`query Run($id: ID!) { execution(id: $id) { ...Row } } ${ROW}`);

test('of several queries the fields, the variables and the fragments stand together, each once', () => {
  const lists = [{ at: ['executions'], count: 2 }];
  const whole = together([
    { document: LIST, variables: { first: 2 }, lists },
    { document: ONE, variables: { id: 'a' }, called: 'chosen' },
    { document: ONE, variables: { id: 'b' }, called: 'other' },
  ]);
  expect(print(whole.document).replaceAll(/\s+/g, ' ')).toBe(
    'query Runs($first: Int!, $id2: ID!, $id3: ID!) { executions(first: $first) { nodes { ...Row } } ' +
      `chosen: execution(id: $id2) { ...Row } other: execution(id: $id3) { ...Row } } ${ROW}`,
  );
  expect(whole.variables).toEqual({ first: 2, id2: 'a', id3: 'b' });
  expect(whole.lists).toEqual(lists);
});

test('one alone is what it is', () => {
  const { document, variables } = together([{ document: ONE, variables: { id: 'a' } }]);
  expect(print(document)).toBe(print(ONE));
  expect(variables).toEqual({ id: 'a' });
});
