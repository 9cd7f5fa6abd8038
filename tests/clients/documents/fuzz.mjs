// Requests by seed: a valid document that walks the schema, with the variables that it needs, and then, for most of
// them, a fault or two.

import {
  Kind,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
  print,
  visit,
} from 'graphql';
import { SCHEMA } from '../support/oracle.mjs';

/** How deep selections lie in each other. */
const DEPTH = 3;

/** The request of this seed: the same every time. */
export function generate(seed) {
  const random = randomness(seed);
  const request = valid(random);
  const faults = random.of([0, 1, 1, 1, 2]);
  let mutated = request;
  for (let fault = 0; fault < faults; fault += 1) mutated = mutate(random, mutated);
  return mutated;
}

/** Mulberry32, and what is made of it. */
function randomness(seed) {
  let state = Math.imul(seed, 0x9e3779b9) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  return {
    below,
    chance: (probability) => next() < probability,
    of: (items) => items[below(items.length)],
    some: (items, probability) => items.filter(() => next() < probability),
  };
}

/** A request that is valid, mostly. */
function valid(random) {
  const operation = random.of(['query', 'query', 'query', 'mutation', 'subscription']);
  const root = SCHEMA.getRootType(operation);
  const made = { random, definitions: [], variables: {}, fragments: [], names: 0 };
  const body = operation === 'subscription' ? set(made, root, 0, 1) : set(made, root, 0, 1 + random.below(3));
  const name = random.chance(0.5) ? 'Q' : '';
  const variables = made.definitions.length > 0 ? `(${made.definitions.join(', ')})` : '';
  const head = name || variables || operation !== 'query' || random.chance(0.5) ? `${operation} ${name}${variables}` : '';
  const query = `${head} ${body} ${made.fragments.join(' ')}`;
  return { query, variables: made.variables, operationName: name && random.chance(0.3) ? name : undefined };
}

function set(made, type, depth, most = 1 + made.random.below(4)) {
  const { random } = made;
  const fields = Object.values(type.getFields());
  const selections = [];
  const keys = new Set();
  while (selections.length < most) {
    const field = random.of(fields);
    if (depth >= DEPTH && !isLeafType(getNamedType(field.type))) {
      selections.push('__typename');
      continue;
    }
    const isTaken = keys.has(field.name);
    keys.add(field.name);
    const alias = isTaken || random.chance(0.1) ? `${(made.names += 1) && `a${made.names}`}: ` : '';
    const isRoot = depth === 0;
    selections.push(`${alias}${field.name}${given(made, field.args)}${isRoot ? '' : condition(made)}${answer(made, field, depth)}`);
  }
  if (depth > 0 && random.chance(0.2)) selections.push(`__typename${condition(made)}`);
  if (isInterfaceType(type) && random.chance(0.8)) {
    const on = random.of(SCHEMA.getPossibleTypes(type));
    selections.push(`... on ${on.name}${condition(made)} ${set(made, on, depth + 1)}`);
  }
  const written = `{ ${selections.join(random.of([' ', ', ', '\n']))} }`;
  if (random.chance(0.1)) return `{ ... ${random.chance(0.5) ? `on ${type.name} ` : ''}${written} }`;
  if (random.chance(0.1)) {
    const name = `F${(made.names += 1)}`;
    made.fragments.push(`fragment ${name} on ${type.name} ${written}`);
    return `{ ...${name} }`;
  }
  return written;
}

function answer(made, field, depth) {
  const type = getNamedType(field.type);
  return isLeafType(type) ? '' : ` ${set(made, type, depth + 1)}`;
}

function condition(made) {
  if (!made.random.chance(0.1)) return '';
  const value = made.random.chance(0.5) ? 'true' : variable(made, 'Boolean!', () => made.random.chance(0.5));
  return ` @${made.random.of(['skip', 'include'])}(if: ${value})`;
}

function given(made, args) {
  const chosen = args.filter((arg) => isNonNullType(arg.type) || made.random.chance(0.4));
  const written = chosen.map((arg) => `${arg.name}: ${input(made, arg.type)}`);
  return written.length > 0 ? `(${written.join(', ')})` : '';
}

/** A value of this type: a literal, or a variable. */
function input(made, type, depth = 0) {
  const { random } = made;
  if (random.chance(0.25)) return variable(made, String(type), () => json(random, type, depth));
  return literal(made, type, depth);
}

function variable(made, type, value) {
  const name = `v${(made.names += 1)}`;
  made.definitions.push(`$${name}: ${type}`);
  if (type.endsWith('!') || made.random.chance(0.7)) made.variables[name] = value();
  return `$${name}`;
}

function literal(made, type, depth) {
  const { random } = made;
  if (!isNonNullType(type) && random.chance(0.05)) return 'null';
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const items = Array.from({ length: random.below(3) }, () => input(made, nullable.ofType, depth + 1));
    return `[${items.join(' ')}]`;
  }
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields());
    const chosen = fields.filter((field) => isNonNullType(field.type) || random.chance(0.3 / (1 + depth)));
    return `{${chosen.map((field) => `${field.name}: ${input(made, field.type, depth + 1)}`).join(', ')}}`;
  }
  if (isEnumType(nullable)) return random.of(nullable.getValues()).name;
  switch (nullable.name) {
    case 'Int':
      return random.of(['1', '2', '0', '-0', '10', '2147483647', '-2147483648']);
    case 'Boolean':
      return random.of(['true', 'false']);
    case 'JSON':
      return random.of(['{}', '[]', '{a: 1, b: [true, null, {c: "d"}]}', '"text"', '1.5', 'NAME', '99999999999999999999', `{a: ${input(made, SCHEMA.getType('Int'))}}`]);
    case 'ID':
      return random.of(['"1"', '1', '12345678901234567890123', '"00000000-0000-4000-8000-000000000000"', '""']);
    default:
      return random.of(['"text"', '""', '"\\u00e4 \\n"', '"""block"""', '"\\u{1F600}"', '"\\uD83D\\uDE00"']);
  }
}

function json(random, type, depth) {
  if (!isNonNullType(type) && random.chance(0.1)) return null;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    return Array.from({ length: random.below(3) }, () => json(random, nullable.ofType, depth + 1));
  }
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields());
    const chosen = fields.filter((field) => isNonNullType(field.type) || random.chance(0.3 / (1 + depth)));
    return Object.fromEntries(chosen.map((field) => [field.name, json(random, field.type, depth + 1)]));
  }
  if (isEnumType(nullable)) return random.of(nullable.getValues()).name;
  switch (nullable.name) {
    case 'Int':
      return random.of([1, 2, 0, 100, -1, 2147483647]);
    case 'Boolean':
      return random.chance(0.5);
    case 'JSON':
      return random.of([{}, [], { a: 1, b: [true, null] }, 'text', 1.5]);
    case 'ID':
      return random.of(['1', 1, 'x', '']);
    default:
      return random.of(['text', '', 'ä\u0000']);
  }
}

const TYPES = ['Int', 'Int!', '[Int]', 'String', 'String!', 'ID', 'ID!', 'Boolean', 'Boolean!', 'Float', 'JSON', '[ID!]!', 'ExecutionStatus', 'StageInput', 'Workflow', 'Nope'];
const VALUES = ['1', '-0', '1.5', '2147483648', '99999999999999999999', '"text"', '"RUNNING"', 'RUNNING', 'true', 'null', '[]', '[1]', '[[1]]', '{}', '{a: 1}', '{name: "a"}', '{name: "a", name: "b"}', '$nope', '[$nope]'];
const SENT = [null, 1, 1.5, 2, -1, 2147483648, 1e30, '', 'RUNNING', 'NOPE', true, {}, { name: 'a' }, { nope: 1 }, [[]], [null], ['x'], [1]];
const TOKENS = ['{', '}', '(', ')', '[', ']', ':', '!', '$', '@', '...', 'on', 'query', 'fragment', '@skip(if: true)', '@include(if: $nope)', '@deprecated', '@nope', '__typename', 'id', 'x: id', '"text"', '"""d"""', '1', '-', '#', '\ufeff', '\\'];
const SELECTIONS = ['__typename', '__typename { id }', '__typename(a: 1)', '__typename @skip(if: true)', '__typename @skip', 'id', 'id { id }', 'nope', 'name', 'x: id', 'x: __typename', 'seq: id', 'status', '...F0', '... on Workflow { id }', '... on Query { __typename }', '... on Nope { id }', '... on ExecutionEvent { seq }', '... on StageStarted { x: stageOrder } ... on StageFinished { x: nextStageOrder }', '... { __typename }', 'nodes { id }', 'log { id }'];
const DIRECTIVES = ['@skip(if: true)', '@include(if: false)', '@skip(if: true) @skip(if: false)', '@skip', '@include(if: "x")', '@include(if: null)', '@skip(if: true, if: true)', '@skip(unless: true)', '@deprecated', '@specifiedBy(url: "x")', '@nope'];

function mutate(random, request) {
  const { query, variables } = request;
  const kinds = [
    [3, () => ({ ...request, query: byTree(random, query) })],
    [1, () => ({ ...request, query: byToken(random, query) })],
    [1, () => ({ ...request, variables: sent(random, variables) })],
  ];
  const [, make] = random.of(kinds.flatMap((kind) => Array(kind[0]).fill(kind)));
  try {
    return make();
  } catch {
    // A fault before has left nothing that parses.
    return { ...request, query: byToken(random, query) };
  }
}

function sent(random, variables) {
  const names = Object.keys(variables);
  if (names.length === 0) return { nope: 1 };
  const changed = { ...variables };
  const name = random.of(names);
  if (random.chance(0.3)) delete changed[name];
  else changed[name] = random.of(SENT);
  return changed;
}

function byToken(random, query) {
  const tokens = query.match(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|\.\.\.|[A-Za-z_0-9.+-]+|\S/g) ?? [];
  const at = random.below(tokens.length);
  const change = random.of([
    () => tokens.splice(at, 1),
    () => tokens.splice(at, 0, tokens[at]),
    () => tokens.splice(at, 0, random.of(TOKENS)),
    () => tokens.splice(at, 1, random.of(TOKENS)),
    () => tokens.splice(at, 2, ...tokens.slice(at, at + 2).reverse()),
  ]);
  change();
  return tokens.join(' ');
}

/** Changes one node of one kind. */
function byTree(random, query) {
  const document = parse(query, { noLocation: true });
  const counts = {};
  visit(document, { enter: ({ kind }) => void (counts[kind] = (counts[kind] ?? 0) + 1) });
  const [kind, change] = random.of(CHANGES.filter(([changed]) => counts[changed]));
  let left = random.below(counts[kind]);
  const changed = visit(document, {
    [kind](node) {
      left -= 1;
      return left === -1 ? change(random, node) : undefined;
    },
  });
  return print(changed);
}

const name = (value) => ({ kind: Kind.NAME, value });
const valueOf = (text) => parse(`{ a(b: ${text}) }`, { noLocation: true }).definitions[0].selectionSet.selections[0].arguments[0].value;
const selectionsOf = (text) => parse(`{ ${text} }`, { noLocation: true }).definitions[0].selectionSet.selections;
const directivesOf = (text) => selectionsOf(`a ${text}`)[0].directives;
const typeOf = (text) => parse(`query ($a: ${text}) { a }`, { noLocation: true }).definitions[0].variableDefinitions[0].type;
const definitionOf = (text) => parse(`query (${text}) { a }`, { noLocation: true }).definitions[0].variableDefinitions[0];
const inserted = (random, items, more) => items.toSpliced(random.below(items.length + 1), 0, ...more);
const without = (random, items) => items.filter((_, index, { length }) => length === 1 || index !== random.below(length));

const CHANGES = [
  [Kind.ARGUMENT, (random, node) => ({ ...node, value: valueOf(random.of(VALUES)) })],
  [Kind.ARGUMENT, (random, node) => ({ ...node, name: name(random.of(['id', 'first', 'input', 'nope', 'if'])) })],
  [Kind.ARGUMENT, () => null],
  [Kind.OBJECT_FIELD, (random, node) => ({ ...node, value: valueOf(random.of(VALUES)) })],
  [Kind.OBJECT_FIELD, (random, node) => ({ ...node, name: name(random.of(['id', 'name', 'nope', 'stages'])) })],
  [Kind.OBJECT_FIELD, () => null],
  [Kind.OBJECT, (random, node) => ({ ...node, fields: [...node.fields, ...node.fields.slice(0, 1)] })],
  [Kind.OBJECT, (random) => valueOf(random.of(VALUES))],
  [Kind.LIST, (random) => valueOf(random.of(VALUES))],
  [Kind.LIST, (random, node) => ({ ...node, values: [...node.values, valueOf(random.of(VALUES))] })],
  [Kind.VARIABLE, () => ({ kind: Kind.VARIABLE, name: name('nope') })],
  [Kind.VARIABLE_DEFINITION, (random, node) => ({ ...node, type: typeOf(random.of(TYPES)) })],
  [Kind.VARIABLE_DEFINITION, (random, node) => ({ ...node, type: node.type.kind === Kind.NON_NULL_TYPE ? node.type.type : { kind: Kind.LIST_TYPE, type: node.type } })],
  [Kind.VARIABLE_DEFINITION, (random, node) => ({ ...node, defaultValue: valueOf(random.of(VALUES.filter((it) => !it.includes('$')))) })],
  [Kind.VARIABLE_DEFINITION, (random, node) => ({ ...node, directives: directivesOf(random.of(DIRECTIVES)) })],
  [Kind.VARIABLE_DEFINITION, () => null],
  [Kind.FIELD, (random, node) => ({ ...node, name: name(random.of(['id', 'name', 'nope', '__typename', '__schema', 'status', 'nodes'])) })],
  [Kind.FIELD, (random, node) => ({ ...node, alias: name(random.of(['id', 'a', 'x', 'seq', '__typename'])) })],
  [Kind.FIELD, (random, node) => ({ ...node, directives: directivesOf(random.of(DIRECTIVES)) })],
  [Kind.FIELD, (random, node) => ({ ...node, selectionSet: undefined })],
  [Kind.FIELD, (random, node) => ({ ...node, arguments: inserted(random, node.arguments, node.arguments.slice(0, 1)) })],
  [Kind.SELECTION_SET, (random, node) => ({ ...node, selections: inserted(random, node.selections, selectionsOf(random.of(SELECTIONS))) })],
  [Kind.SELECTION_SET, (random, node) => ({ ...node, selections: inserted(random, node.selections, selectionsOf(random.of(SELECTIONS))) })],
  [Kind.SELECTION_SET, (random, node) => ({ ...node, selections: [...node.selections, ...node.selections] })],
  [Kind.SELECTION_SET, (random, node) => ({ ...node, selections: without(random, node.selections) })],
  [Kind.INLINE_FRAGMENT, (random, node) => ({ ...node, typeCondition: { kind: Kind.NAMED_TYPE, name: name(random.of(['Workflow', 'Query', 'Nope', 'ExecutionEvent', 'StageInput', 'JSON'])) } })],
  [Kind.FRAGMENT_DEFINITION, (random, node) => ({ ...node, typeCondition: { kind: Kind.NAMED_TYPE, name: name(random.of(['Workflow', 'Query', 'Nope', 'Execution', 'ID'])) } })],
  [Kind.FRAGMENT_SPREAD, (random, node) => ({ ...node, name: name('Nope') })],
  [Kind.OPERATION_DEFINITION, (random, node) => ({ ...node, variableDefinitions: [...node.variableDefinitions, definitionOf(`$w: ${random.of(TYPES)}`)] })],
  [Kind.OPERATION_DEFINITION, (random, node) => ({ ...node, directives: directivesOf(random.of(DIRECTIVES)) })],
  [Kind.OPERATION_DEFINITION, (random, node) => ({ ...node, operation: random.of(['query', 'mutation', 'subscription']) })],
];
