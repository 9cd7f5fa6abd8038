// Documents that watch a run, rewritten so that a subscription can begin anew where it stands: `after` is a variable, and
// every event says its `seq` and what it is.

import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
  type VariableDefinitionNode,
  visit,
} from 'graphql';

export interface Resumable {
  readonly query: DocumentNode;
  /** The variable that `after` is taken from. */
  readonly after: string;
  /** What `after` was in the document: literal, or the default of its variable. */
  readonly begin: number;
  /** What the events are called in the answer. */
  readonly events: string;
  /** What `seq` is called in an event. */
  readonly seq: string;
}

const known = new WeakMap<DocumentNode, Resumable | null>();

/** Null for a document that watches no run. */
export function resumable(document: DocumentNode): Resumable | null {
  let found = known.get(document);
  if (found === undefined) {
    found = rewritten(document);
    known.set(document, found);
  }
  return found;
}

/** What a document of anybody's does not use. */
const AFTER = 'footlightAfter';
const SEQ = 'footlightSeq';

function rewritten(document: DocumentNode): Resumable | null {
  const seq = isTaken(document, 'seq') ? SEQ : 'seq';
  const found: Omit<Resumable, 'query' | 'seq'>[] = [];
  const withFields = visit(document, {
    Field(field) {
      if (field.name.value !== 'executionEvents') return undefined;
      const argument = field.arguments?.find(({ name }) => name.value === 'after')?.value;
      const isVariable = argument?.kind === Kind.VARIABLE;
      const after = isVariable ? argument.name.value : AFTER;
      const literal = argument && !isVariable ? valueFromASTUntyped(argument) : defaultOf(document, after);
      const begin = typeof literal === 'number' ? literal : 0;
      found.push({ events: (field.alias ?? field.name).value, after, begin });
      return withSeq(withAfter(field, after), seq);
    },
  });
  const [watched] = found;
  if (!watched) return null;
  const query = isDeclared(document, watched.after) ? withFields : withVariable(withFields, watched.after);
  return { ...watched, query, seq };
}

/** Is another field called so? */
function isTaken(document: DocumentNode, name: string): boolean {
  let taken = false;
  visit(document, {
    Field(field) {
      taken ||= field.alias?.value === name && field.name.value !== name;
    },
  });
  return taken;
}

function isDeclared(document: DocumentNode, variable: string): boolean {
  return declarationsOf(document, variable).length > 0;
}

function defaultOf(document: DocumentNode, variable: string): unknown {
  const declared = declarationsOf(document, variable).find(({ defaultValue }) => defaultValue !== undefined);
  return declared?.defaultValue && valueFromASTUntyped(declared.defaultValue);
}

function declarationsOf({ definitions }: DocumentNode, variable: string): VariableDefinitionNode[] {
  const declared = definitions.flatMap((one) =>
    one.kind === Kind.OPERATION_DEFINITION ? (one.variableDefinitions ?? []) : [],
  );
  return declared.filter((one) => one.variable.name.value === variable);
}

function withAfter(field: FieldNode, variable: string): FieldNode {
  const after: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: name('after'),
    value: { kind: Kind.VARIABLE, name: name(variable) },
  };
  const others = field.arguments?.filter((argument) => argument.name.value !== 'after') ?? [];
  return { ...field, arguments: [...others, after] };
}

function withSeq(field: FieldNode, seq: string): FieldNode {
  const asked: FieldNode = { kind: Kind.FIELD, name: name('seq'), ...(seq === 'seq' ? {} : { alias: name(seq) }) };
  const typename: FieldNode = { kind: Kind.FIELD, name: name('__typename') };
  const selections = [...(field.selectionSet?.selections ?? []), asked, typename];
  return { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

function withVariable(document: DocumentNode, variable: string): DocumentNode {
  const declared: VariableDefinitionNode = {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: name(variable) },
    type: { kind: Kind.NAMED_TYPE, name: name('Int') },
  };
  const declaring = (operation: OperationDefinitionNode) => ({
    ...operation,
    variableDefinitions: [...(operation.variableDefinitions ?? []), declared],
  });
  // An operation that does not use a variable may not declare it.
  const definitions = document.definitions.map((one) =>
    one.kind === Kind.OPERATION_DEFINITION && one.operation === 'subscription' ? declaring(one) : one,
  );
  return { ...document, definitions };
}

function name(value: string) {
  return { kind: Kind.NAME, value } as const;
}
