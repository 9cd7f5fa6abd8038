// What asks for all of a list that is shown, where the server gives it by pages: `logs2: logs(first: 100, after: "…")` beside
// `logs`, and so on. What would be too much for one operation is in further ones.

import type { ApolloClient } from '@apollo/client';
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  visit,
} from 'graphql';
import { operationIn, type ShownList } from './question.ts';

/** A page behind the first, asked for by a field of its own. */
interface Page {
  list: ShownList;
  field: FieldNode;
}

type Variables = Record<string, unknown>;
type Selections = readonly SelectionNode[];

/** In pages: an operation may cost 20,000 points, and no page of a list here, what is beside it included, costs more than 4,000. */
const AN_OPERATION = 5;

/** The question itself where its lists are on a page each; else with all of them. Throws what the client throws. */
export function withAllPages(
  client: ApolloClient,
  question: DocumentNode,
  variables: Variables,
  lists: readonly ShownList[],
): DocumentNode | Promise<DocumentNode> {
  const asked = operationIn(question);
  const more = lists.filter((list) => list.count > pageSize(fieldAt(asked, list.at), variables));
  if (more.length === 0) return question;
  const found = Promise.all(more.map((list) => pagesOf(client, asked, variables, list)));
  return found.then((pages) => withPages(question, asked, pages.flat(), lists.length));
}

function withPages(
  question: DocumentNode,
  asked: OperationDefinitionNode,
  pages: readonly Page[],
  firsts: number,
): DocumentNode {
  const { selections } = asked.selectionSet;
  const beside = (before: Selections, { list, field }: Page) => grafted(before, list.at.slice(0, -1), [field], true);
  const operations = [operation(asked, '', pages.slice(0, AN_OPERATION - firsts).reduce(beside, selections))];
  for (let from = AN_OPERATION - firsts; from < pages.length; from += AN_OPERATION) {
    const part = pages.slice(from, from + AN_OPERATION);
    const alone = [...new Set(part.map(({ list }) => list))].flatMap((list) => {
      const mine = part.filter((page) => page.list === list).map(({ field }) => field);
      return grafted(selections, list.at.slice(0, -1), mine, false);
    });
    operations.push(operation(asked, String(operations.length + 1), alone));
  }
  return { ...question, definitions: [...operations, ...question.definitions.filter((one) => one !== asked)] };
}

/** What was selected, with more fields at the end of the way: with all that is beside it, or with nothing. */
function grafted(set: Selections, [name, ...on]: readonly string[], fields: Selections, keeps: boolean): Selections {
  if (name === undefined) return keeps ? [...set, ...fields] : fields;
  return set.flatMap((one): SelectionNode[] => {
    if (!isCalled(one, name)) return keeps ? [one] : [];
    const selections = grafted(one.selectionSet?.selections ?? [], on, fields, keeps);
    return [{ ...one, selectionSet: { kind: Kind.SELECTION_SET, selections } }];
  });
}

/** The operation with other fields, and with those variables that they use. */
function operation(asked: OperationDefinitionNode, number: string, selections: Selections): OperationDefinitionNode {
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  const used = new Set<string>();
  visit(selectionSet, { enter: (node) => void (node.kind === Kind.VARIABLE && used.add(node.name.value)) });
  const variableDefinitions = asked.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [];
  const name = { kind: Kind.NAME, value: `${asked.name?.value ?? ''}${number}` } as const;
  return { ...asked, name, variableDefinitions, selectionSet };
}

const END = operationIn(parse('{ pageInfo { hasNextPage endCursor } }')).selectionSet;

/** The pages of a list behind the first, as far as something of them is shown. */
async function pagesOf(
  client: ApolloClient,
  asked: OperationDefinitionNode,
  variables: Variables,
  list: ShownList,
): Promise<Page[]> {
  const first = fieldAt(asked, list.at);
  const size = pageSize(first, variables);
  const pages: Page[] = [];
  for (let page = first; (pages.length + 1) * size < list.count; ) {
    const end = grafted(asked.selectionSet.selections, list.at.slice(0, -1), [{ ...page, selectionSet: END }], false);
    const query: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation(asked, 'End', end)] };
    const { data } = await client.query({ query, variables, fetchPolicy: 'no-cache' });
    const cursor = endIn(data, [...list.at.slice(0, -1), nameOf(page)]);
    if (cursor === null) break;
    page = pageAfter(first, cursor, pages.length + 2);
    pages.push({ list, field: page });
  }
  return pages;
}

function pageAfter(first: FieldNode, cursor: string, number: number): FieldNode {
  const after: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value: { kind: Kind.STRING, value: cursor },
  };
  const others = first.arguments?.filter(({ name }) => name.value !== 'after') ?? [];
  const alias = { kind: Kind.NAME, value: `${nameOf(first)}${number}` } as const;
  return { ...first, alias, arguments: [...others, after] };
}

/** What the page behind this one is read after; null where there is none. */
function endIn(data: unknown, at: readonly string[]): string | null {
  const list = at.reduce((value, name) => (value as Variables | null)?.[name], data);
  const { hasNextPage, endCursor } =
    (list as { pageInfo: { hasNextPage: boolean; endCursor: string | null } } | null)?.pageInfo ?? {};
  return hasNextPage && endCursor ? endCursor : null;
}

function pageSize(list: FieldNode, variables: Variables): number {
  const first = list.arguments?.find(({ name }) => name.value === 'first')?.value;
  return Number(first?.kind === Kind.VARIABLE ? variables[first.name.value] : first?.kind === Kind.INT && first.value);
}

function fieldAt(asked: OperationDefinitionNode, at: readonly string[]): FieldNode {
  let found: FieldNode | undefined;
  for (const name of at) {
    found = (found ?? asked).selectionSet?.selections.find((one): one is FieldNode => isCalled(one, name));
    if (!found) throw new Error(`nothing is asked for at ${at.join('.')}`);
  }
  return found as FieldNode;
}

const nameOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

const isCalled = (one: SelectionNode, name: string): one is FieldNode =>
  one.kind === Kind.FIELD && nameOf(one) === name;
