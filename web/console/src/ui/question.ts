// Several queries as one, for whoever asks them elsewhere.

import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionNode, visit } from 'graphql';

export interface ShownList {
  /** Where the question asks for it, by the names that its answer has: `['execution', 'logs']`. No fragment is between. */
  at: readonly string[];
  /** How many of its items are shown; Infinity for all. */
  count: number;
}

export interface Question {
  document: DocumentNode;
  variables?: Record<string, unknown>;
  /** Of which lists more than the first page may be shown. */
  lists?: readonly ShownList[];
  /** What the answer calls that which is asked for, where it is one field and that is not its name. */
  called?: string;
}

/** What asks all of it at once, under the name of the first. Variables of a later one have its number behind theirs. */
export function together(questions: readonly Question[]): Required<Omit<Question, 'called'>> {
  const parts = questions.map((question, index) => apart(question, index === 0 ? '' : String(index + 1)));
  const selections = parts.flatMap(({ fields }) => fields);
  const operation: OperationDefinitionNode = {
    ...operationIn(questions[0]?.document),
    variableDefinitions: parts.flatMap(({ operation }) => operation.variableDefinitions ?? []),
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  // Those of one name are the same one.
  const fragments = new Map(parts.flatMap(({ fragments }) => fragments.map((one) => [one.name.value, one])));
  return {
    document: { kind: Kind.DOCUMENT, definitions: [operation, ...fragments.values()] },
    variables: Object.assign({}, ...parts.map(({ variables }) => variables)),
    lists: questions.flatMap(({ lists = [] }) => lists),
  };
}

function apart({ document, variables = {}, called }: Question, number: string) {
  const numbered: DocumentNode = visit(document, {
    Variable: { leave: ({ name, ...variable }) => ({ ...variable, name: { ...name, value: name.value + number } }) },
  });
  const operation = operationIn(numbered);
  const alias = called === undefined ? {} : { alias: { kind: Kind.NAME, value: called } };
  return {
    operation,
    fields: operation.selectionSet.selections.map((field) => ({ ...field, ...alias }) as SelectionNode),
    fragments: numbered.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION),
    variables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name + number, value])),
  };
}

export function operationIn(document: DocumentNode | undefined): OperationDefinitionNode {
  const operation = document?.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('there is no operation in the document');
  return operation;
}
