// What differs between two definitions of a workflow: of which stage, which field, and what it says on either side.

import { matchStages, type Pair } from './match.ts';
import { movedAmong } from './moved.ts';
import { type Definition, type Fields, fieldsOf, isSame, orderOf, readDefinition, textOf } from './shape.ts';

export interface Difference {
  /** As it is after, or as it was where it is gone; null: it belongs to the workflow as a whole. */
  readonly stage: { readonly stageOrder: number; readonly name: string | null } | null;
  /** By the API's name, `promptTemplate`; `stage` for all of a stage that only one side has. */
  readonly field: string;
  /** As JSON; null where there is nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What tells stages apart, and what is told by other fields. */
const NOT_COMPARED = new Set([
  '__typename',
  'id',
  'workflowId',
  'createdAt',
  'stageOrder',
  'model',
  'judgeModel',
  'modelId',
  'modelIdentifierForFlowise',
]);

/** Fields in the order in which people read a stage; any other comes after them. */
const READ_FIRST = ['name', 'key', 'systemTemplate', 'messages', 'promptTemplate', 'retryPromptTemplate'];

/** Of the workflow as a whole: what every definition tells, and what is compared where both tell it. */
const ALWAYS_TOLD = ['outputMapping', 'templateSyntax'];
const TOLD_BY_BOTH = ['name', 'description', 'metadata'];

export function differences(before: unknown, after: unknown): Difference[] {
  const [was, is] = [readDefinition(before), readDefinition(after)];
  const pairs = matchStages(was, is);
  const moved = movedStages(pairs);
  const target = targets(pairs);
  return [...ofWhole(was, is), ...pairs.flatMap((pair) => ofPair(pair, moved, target))];
}

function ofWhole(was: Definition, is: Definition): Difference[] {
  const fields = [...TOLD_BY_BOTH.filter((field) => field in was.whole && field in is.whole), ...ALWAYS_TOLD];
  return fields.flatMap((field) => unlessSame(null, field, was.whole[field], is.whole[field]));
}

function ofPair({ before, after }: Pair, moved: ReadonlySet<Pair['after']>, target: Targets): Difference[] {
  const stage = named((after ?? before) as Fields);
  if (before === null || after === null) return [{ stage, field: 'stage', before, after }];
  const place = moved.has(after) ? unlessSame(stage, 'stageOrder', orderOf(before), orderOf(after)) : [];
  const rest = fieldsToCompare(before, after).flatMap((field) =>
    isSame(target(field, before[field]), after[field])
      ? []
      : [{ stage, field, before: before[field] ?? null, after: after[field] ?? null }],
  );
  return [...place, ...rest, ...ofModel(stage, before, after)];
}

/** What a stage says that only one side has; its name and place stand above it, and what it leaves open is not said. */
export function saidBy(stage: unknown): { field: string; value: unknown }[] {
  const all = fieldsOf(stage);
  const model = { field: 'model', value: modelOf(all).name };
  const others = fieldsToCompare(all, all).map((field) => ({ field, value: all[field] }));
  return [...others, model].filter(({ field, value }) => field !== 'name' && !isOpen(value));
}

const isOpen = (value: unknown): boolean => value == null || value === 0 || value === 'NONE';

function fieldsToCompare(before: Fields, after: Fields): string[] {
  const all = Object.keys({ ...before, ...after }).filter((field) => !NOT_COMPARED.has(field));
  return [...new Set([...READ_FIRST, ...all])];
}

/** A stage names its model by id, or has it as it was; only a run keeps the settings that it had. */
function ofModel(stage: Difference['stage'], before: Fields, after: Fields): Difference[] {
  const [was, is] = [modelOf(before), modelOf(after)];
  if (was.id !== is.id) {
    const areNamesakes = was.name === is.name;
    return [{ stage, field: 'model', before: areNamesakes ? was.id : was.name, after: areNamesakes ? is.id : is.name }];
  }
  return ['model', 'judgeModel'].flatMap((field) => {
    const [one, other] = [fieldsOf(before[field]), fieldsOf(after[field])];
    const isTold = 'configDefaults' in one && 'configDefaults' in other && one.id === other.id;
    return isTold ? unlessSame(stage, `${field}.configDefaults`, one.configDefaults, other.configDefaults) : [];
  });
}

function modelOf(stage: Fields): { id: string | null; name: string | null } {
  const model = fieldsOf(stage.model);
  const id = textOf(stage, 'modelId') ?? textOf(model, 'id') ?? textOf(stage, 'model');
  const name = textOf(stage, 'modelIdentifierForFlowise') ?? textOf(model, 'modelIdentifierForFlowise');
  return { id, name: textOf(model, 'name') ?? name ?? id };
}

type Targets = (field: string, value: unknown) => unknown;

/** What a field of before says in the numbers that its stages have after: a target that moved is the same target. */
function targets(pairs: readonly Pair[]): Targets {
  const orders = new Map<unknown, unknown>();
  for (const { before, after } of pairs) if (before && after) orders.set(orderOf(before), orderOf(after));
  const follow = (order: unknown) => orders.get(order) ?? order;
  return (field, value) => {
    if (field === 'nextStageOnPass' || field === 'nextStageOnFail') return follow(value);
    const { to } = fieldsOf(value);
    if (field !== 'routes' || to === undefined) return value;
    const followed = Object.entries(fieldsOf(to)).map(([word, order]) => [word, follow(order)]);
    return { ...fieldsOf(value), to: Object.fromEntries(followed) };
  };
}

/** Where a stage came or went, the others are counted anew without having moved. */
function movedStages(pairs: readonly Pair[]): ReadonlySet<Pair['after']> {
  const both = pairs.filter(({ before, after }) => before && after);
  if (both.length === pairs.length) return new Set(both.map(({ after }) => after));
  const moved = movedAmong(both.map(({ before }) => orderOf(before as Fields)));
  return new Set([...moved].map((index) => both[index]?.after ?? null));
}

function unlessSame(stage: Difference['stage'], field: string, before: unknown, after: unknown): Difference[] {
  return isSame(before, after) ? [] : [{ stage, field, before: before ?? null, after: after ?? null }];
}

const named = (stage: Fields) => ({ stageOrder: orderOf(stage), name: textOf(stage, 'name') });
