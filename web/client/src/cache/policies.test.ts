import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { buildSchema, GraphQLInterfaceType, GraphQLUnionType, isObjectType } from 'graphql';
import { of } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { cachePolicies } from './policies.ts';

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema.graphql'), 'utf8'));

let cache: InMemoryCache;
beforeEach(() => {
  cache = new InMemoryCache(cachePolicies);
});

const WORKFLOWS = gql`
  query ($first: Int, $after: String, $search: String) {
    workflows(first: $first, after: $after, search: $search) {
      nodes {
        id
      }
      edges {
        cursor
        node {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
        hasPreviousPage
        startCursor
      }
    }
  }
`;

interface Page {
  readonly nodes: readonly { readonly id: string }[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: object;
}

function write(
  ids: readonly string[],
  variables: { first?: number; after?: string; search?: string },
  hasNextPage = true,
) {
  const nodes = ids.map((id) => ({ __typename: 'Workflow', id }));
  const pageInfo = {
    __typename: 'PageInfo',
    hasNextPage,
    endCursor: ids.at(-1) ?? null,
    hasPreviousPage: variables.after !== undefined,
    startCursor: ids[0] ?? null,
  };
  const edges = nodes.map((node) => ({ __typename: 'WorkflowEdge', cursor: node.id, node }));
  const workflows = { __typename: 'WorkflowConnection', nodes, edges, pageInfo };
  cache.writeQuery({ query: WORKFLOWS, variables, data: { workflows } });
}

function read(search?: string) {
  const data = cache.readQuery<{ workflows: Page }>({ query: WORKFLOWS, variables: search ? { search } : {} });
  if (!data) return null;
  const { nodes, edges, pageInfo } = data.workflows;
  return { nodes: nodes.map(({ id }) => id), edges: edges.map(({ node }) => node.id), pageInfo };
}

describe('a list', () => {
  test('joins its pages, by its filters', () => {
    write(['a', 'b'], { first: 2 });
    write(['c', 'd'], { first: 2, after: 'b' }, false);
    write(['z'], { search: 'z' }, false);
    const pageInfo = { hasNextPage: false, endCursor: 'd', hasPreviousPage: false, startCursor: 'a' };
    expect(read()).toMatchObject({ nodes: ['a', 'b', 'c', 'd'], edges: ['a', 'b', 'c', 'd'], pageInfo });
    expect(read('z')?.nodes).toEqual(['z']);
  });

  test('has everything once, also when a page comes again or lies across another', () => {
    write(['a', 'b'], { first: 2 });
    write(['c', 'd'], { first: 2, after: 'b' });
    write(['c', 'd'], { first: 2, after: 'b' });
    write(['b', 'e'], { first: 2, after: 'd' });
    expect(read()).toMatchObject({ nodes: ['a', 'c', 'd', 'b', 'e'], edges: ['a', 'c', 'd', 'b', 'e'] });
  });

  test('is not shortened by whoever asks for its beginning', () => {
    write(['a', 'b', 'c'], { first: 3 }, false);
    write(['a'], { first: 1 });
    expect(read()).toMatchObject({ nodes: ['a', 'b', 'c'], edges: ['a', 'b', 'c'], pageInfo: { hasNextPage: false } });
  });

  test('is known to be empty also where nobody asked whether there is more', () => {
    const query = gql('query ($first: Int) { workflows(first: $first) { nodes { id } countUpTo } }');
    const page = (ids: string[]) => {
      const nodes = ids.map((id) => ({ __typename: 'Workflow', id }));
      return { workflows: { __typename: 'WorkflowConnection', nodes, countUpTo: ids.length } };
    };
    const known = () => cache.readQuery<{ workflows: Page }>({ query })?.workflows.nodes.map(({ id }) => id);
    cache.writeQuery({ query, data: page(['a', 'b']) });
    cache.writeQuery({ query, variables: { first: 1 }, data: page(['a']) });
    expect(known()).toEqual(['a', 'b']);
    cache.writeQuery({ query, data: page([]) });
    expect(known()).toEqual([]);
  });

  test('begins anew when something new is at its head, or it has become shorter', () => {
    write(['a', 'b', 'c'], { first: 3 }, false);
    write(['n', 'a'], { first: 2 });
    expect(read()).toMatchObject({ nodes: ['n', 'a'], pageInfo: { hasNextPage: true, endCursor: 'a' } });
    write(['n'], { first: 2 }, false);
    expect(read()).toMatchObject({ nodes: ['n'], edges: ['n'], pageInfo: { hasNextPage: false } });
  });
});

test('what was deleted is nowhere any more', async () => {
  write(['a', 'b'], { first: 2 });
  const link = new ApolloLink(() => of({ data: { deleteWorkflow: 'a' } }));
  const client = new ApolloClient({ cache, link });
  await client.mutate({ mutation: gql('mutation { deleteWorkflow(id: "a") }') });
  expect(read()).toMatchObject({ nodes: ['b'], edges: ['b'] });
  expect(Object.keys(cache.extract())).not.toContain('Workflow:a');
});

test('what a list has brought is found by its id, and what is not there stays so', () => {
  write(['a'], {});
  const one = gql('query ($id: ID!) { workflow(id: $id) { id } }');
  expect(cache.readQuery({ query: one, variables: { id: 'a' } })).toMatchObject({ workflow: { id: 'a' } });
  expect(cache.readQuery({ query: one, variables: { id: 'other' } })).toBeNull();
  cache.writeQuery({ query: one, variables: { id: 'gone' }, data: { workflow: null } });
  expect(cache.readQuery({ query: one, variables: { id: 'gone' } })).toEqual({ workflow: null });
});

test('what has no id is merged into what has one', () => {
  const execution = { __typename: 'Execution', id: 'run' };
  const usage = (tokens: object) => ({ execution: { ...execution, usage: { __typename: 'Usage', ...tokens } } });
  cache.writeQuery({
    query: gql('{ execution(id: "run") { id usage { promptTokens } } }'),
    data: usage({ promptTokens: 1 }),
  });
  cache.writeQuery({
    query: gql('{ execution(id: "run") { id usage { totalTokens } } }'),
    data: usage({ totalTokens: 3 }),
  });
  const both = gql('{ execution(id: "run") { id usage { promptTokens totalTokens } } }');
  expect(cache.readQuery({ query: both })).toMatchObject(usage({ promptTokens: 1, totalTokens: 3 }));
});

test('the policies know every list, type and deletion of the schema', () => {
  const { typePolicies, possibleTypes } = cachePolicies;
  const fieldsOf = (type: string) => Object.keys(typePolicies[type]?.fields ?? {});
  for (const type of Object.values(schema.getTypeMap())) {
    if (type instanceof GraphQLInterfaceType || type instanceof GraphQLUnionType) {
      if (type.name.startsWith('__')) continue;
      const names = schema.getPossibleTypes(type).map(({ name }) => name);
      expect(possibleTypes[type.name]?.toSorted()).toEqual(names.toSorted());
    }
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    if (type.name.endsWith('Connection')) expect(fieldsOf(type.name)).toContain('edges');
    const lists = Object.values(type.getFields()).filter((field) => String(field.type).endsWith('Connection!'));
    for (const { name } of lists) expect(fieldsOf(type.name), `${type.name}.${name}`).toContain(name);
  }
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  const deletions = mutations.filter((field) => String(field.type) === 'ID!').map(({ name }) => name);
  expect(fieldsOf('Mutation').toSorted()).toEqual(deletions.toSorted());
});
