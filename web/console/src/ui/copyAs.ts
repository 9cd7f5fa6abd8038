import { type DocumentNode, Kind, print, separateOperations, type TypeNode, type ValueNode, visit } from 'graphql';

/** Input types whose values are words and not texts. */
const ENUMS = new Set(['ExecutionStatus', 'ManualResult', 'ValidationType']);

/** Apollo alone knows `@unmask`: the server would refuse it. */
const asSent = (document: DocumentNode): DocumentNode =>
  visit(document, { Directive: { enter: ({ name }) => (name.value === 'unmask' ? null : undefined) } });

const named = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type));

function literal(value: unknown, type: string): ValueNode {
  if (value === null || value === undefined) return { kind: Kind.NULL };
  if (Array.isArray(value)) return { kind: Kind.LIST, values: value.map((one) => literal(one, type)) };
  switch (typeof value) {
    case 'boolean':
      return { kind: Kind.BOOLEAN, value };
    case 'number':
      return { kind: Number.isInteger(value) ? Kind.INT : Kind.FLOAT, value: String(value) };
    case 'object':
      return {
        kind: Kind.OBJECT,
        fields: Object.entries(value).map(([name, one]) => ({
          kind: Kind.OBJECT_FIELD,
          name: { kind: Kind.NAME, value: name },
          value: literal(one, ''),
        })),
      };
    default:
      return ENUMS.has(type) ? { kind: Kind.ENUM, value: String(value) } : { kind: Kind.STRING, value: String(value) };
  }
}

/**
 * A document that needs no variables: their values, or else their defaults, stand in their places. What was left out
 * and has no default leaves its argument out.
 */
export function asGraphql(document: DocumentNode, variables: Record<string, unknown> = {}): string {
  const values = new Map<string, ValueNode>();
  const written = visit(asSent(document), {
    VariableDefinition({ variable, type, defaultValue }) {
      const given = variables[variable.name.value];
      const value = given === undefined ? defaultValue : literal(given, named(type));
      if (value) values.set(variable.name.value, value);
      return null;
    },
    Argument: {
      enter: ({ value }) => (value.kind === Kind.VARIABLE && !values.has(value.name.value) ? null : undefined),
    },
    ObjectField: {
      enter: ({ value }) => (value.kind === Kind.VARIABLE && !values.has(value.name.value) ? null : undefined),
    },
    Variable: { leave: (node) => values.get(node.name.value) ?? node },
  });
  return print(written);
}

const inShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The same by curl, a command an operation. The token is the shell's `$TOKEN`: the page's own is never written anywhere. */
export const asCurl = (document: DocumentNode, variables: Record<string, unknown> = {}): string =>
  Object.values(separateOperations(asSent(document)))
    .map((operation) => commandOf(operation, variables))
    .join('\n');

function commandOf(document: DocumentNode, variables: Record<string, unknown>): string {
  const body = JSON.stringify({ query: print(document), variables });
  return [
    `curl -sS -w '\\n' ${inShell(new URL('/graphql', window.location.href).href)}`,
    `  -H "Authorization: Bearer $TOKEN"`,
    `  -H 'Content-Type: application/json'`,
    `  --data-raw ${inShell(body)}`,
  ].join(' \\\n');
}
