// Three sides of a workflow: what it was when a draft began, what somebody else made of it since, and the draft.

import { isSame } from '../../definition/shape.ts';
import { isAlike } from '../../exact/digits.ts';
import { type Draft, type DraftStage, type StageFields, unfinishedOf, type WorkflowField } from './draft.ts';
import { follow, namedOrders, renumber } from './renumber.ts';

/** A field in which both sides differ from what it was, and from each other. */
export interface Clash {
  /** Tells it from the others: `s1 promptTemplate`. */
  id: string;
  stage: { local: string; order: number; name: string | null } | null;
  /** By the API's name; `stage` where one side has taken the stage out, `order` for the order of all stages. */
  field: string;
  before: unknown;
  theirs: unknown;
  mine: unknown;
}

export type Side = 'theirs' | 'mine';

export interface Merge {
  clashes: readonly Clash[];
  /** What both come to; of what clashes, the side that was chosen for it. */
  settle(choices: ReadonlyMap<string, Side>): Draft;
}

const WORKFLOW: readonly WorkflowField[] = ['name', 'description', 'outputMapping', 'metadata'];

export function merge(before: Draft, theirs: Draft, mine: Draft): Merge {
  const sides = alike(before, theirs, mine);
  const choosing = (choices: ReadonlyMap<string, Side>) => combine(sides, choices);
  return { clashes: choosing(new Map()).clashes, settle: (choices) => choosing(choices).draft };
}

interface Sides {
  before: Draft;
  theirs: Draft;
  mine: Draft;
  /** The key by which the texts of all three name a stage. */
  keys: ReadonlyMap<string, string>;
}

/**
 * The three with one number and one key for each stage, so that texts which mean the same stage say the same: theirs, and
 * numbers of their own for stages that theirs does not have.
 */
function alike(before: Draft, theirs: Draft, mine: Draft): Sides {
  const all = [theirs, before, mine];
  const numbers = new Map(theirs.stages.map(({ local, order }) => [local, order]));
  const taken = new Set(all.flatMap((draft) => [...namedOrders(draft), ...draft.stages.map(({ order }) => order)]));
  let free = Math.max(0, ...taken);
  for (const { local, order } of [...mine.stages, ...before.stages]) {
    if (numbers.has(local)) continue;
    const isFree = !theirs.stages.some((stage) => stage.order === order) && ![...numbers.values()].includes(order);
    if (!isFree) free += 1;
    numbers.set(local, isFree ? order : free);
  }
  const keys = sharedKeys(before, theirs, mine);
  const named = (draft: Draft) => {
    // What still names a stage that the draft has taken out goes with that one.
    const gone = before.stages.filter(({ order }) => !draft.stages.some((stage) => stage.order === order));
    const orders = [...gone, ...draft.stages].map(({ local, order }) => [order, numbers.get(local) ?? order] as const);
    const stages = draft.stages.map((stage) => ({ ...stage, order: numbers.get(stage.local) ?? stage.order }));
    return follow({ ...draft, stages }, { orders: new Map(orders), keys: renamed(before, draft, keys) });
  };
  return { before: named(before), theirs: named(theirs), mine: named(mine), keys };
}

const keysOf = ({ stages }: Draft) => new Map(stages.map(({ local, fields }) => [local, fields.key]));

/** The key of each stage that has one: theirs where they gave it another. */
function sharedKeys(...[before, theirs, mine]: [Draft, Draft, Draft]): Map<string, string> {
  const [was, their, my] = [keysOf(before), keysOf(theirs), keysOf(mine)];
  const shared = new Map<string, string>();
  for (const local of new Set([...was.keys(), ...their.keys(), ...my.keys()])) {
    const given = [their.get(local), my.get(local)].filter((key) => key != null && key !== was.get(local));
    const key = given[0] ?? was.get(local);
    if (key) shared.set(local, key);
  }
  return shared;
}

/** What a draft calls stages by, each with what it shall say. */
function renamed(before: Draft, draft: Draft, to: ReadonlyMap<string, string>): Map<string, string> {
  const own = keysOf(draft);
  const used = new Set(own.values());
  // A key that no stage has any more still means the one that had it.
  const left = [...keysOf(before)].filter(([local, key]) => own.get(local) !== null && !used.has(key));
  const pairs = [...left, ...own].flatMap(([local, key]) => {
    const now = to.get(local);
    return key && now && key !== now ? [[key, now] as const] : [];
  });
  return new Map(pairs);
}

function combine(
  { before, theirs, mine, keys }: Sides,
  choices: ReadonlyMap<string, Side>,
): { draft: Draft; clashes: Clash[] } {
  const clashes: Clash[] = [];
  const settle = <Value>(stage: DraftStage | null, field: string, [was, their, my]: [Value, Value, Value]): Value => {
    if (isSame(their, my) || isSame(was, my)) return their;
    // A number in other digits is still what I wrote.
    if (isAlike(was, their) || isAlike(their, my)) return my;
    if (isAlike(was, my)) return their;
    const id = `${stage?.local ?? ''} ${field}`;
    const named = stage && { local: stage.local, order: stage.order, name: stage.fields.name };
    clashes.push({ id, stage: named, field, before: was, theirs: their, mine: my });
    return choices.get(id) === 'theirs' ? their : my;
  };
  const whole = Object.fromEntries(
    WORKFLOW.map((field) => [field, settle(null, field, [before[field], theirs[field], mine[field]])]),
  ) as Pick<Draft, WorkflowField>;
  const locals = settleOrder([before, theirs, mine], settle);
  const stages = locals.flatMap((local) => {
    const [was, their, my] = [before, theirs, mine].map(({ stages }) => stages.find((one) => one.local === local));
    const stage = settleStage(was, their, my, settle);
    return stage ? [stage] : [];
  });
  // What nobody could save yet is nobody's but mine.
  const unfinished = unfinishedOf(mine);
  const both = rising({ ...whole, stages, ...(unfinished.length > 0 ? { unfinished } : {}) });
  return { draft: follow(both, { orders: new Map(), keys: chosenKeys(both, keys) }), clashes };
}

/** Keys that texts say, each with the one that was chosen for its stage. */
function chosenKeys(draft: Draft, said: ReadonlyMap<string, string>): Map<string, string> {
  const pairs = draft.stages.flatMap(({ local, fields: { key } }) => {
    const now = said.get(local);
    return now && key && now !== key ? [[now, key] as const] : [];
  });
  return new Map(pairs);
}

type Settle = <Value>(stage: DraftStage | null, field: string, sides: [Value, Value, Value]) => Value;

function settleStage(
  was: DraftStage | undefined,
  their: DraftStage | undefined,
  my: DraftStage | undefined,
  settle: Settle,
): DraftStage | null {
  if (their && my) {
    const [from, of] = [was ?? their, their.fields];
    const fields = Object.fromEntries(
      Object.keys(of).map((name) => {
        const field = name as keyof StageFields;
        return [field, settle(their, field, [from.fields[field], of[field], my.fields[field]])];
      }),
    ) as unknown as StageFields;
    return { ...their, fields };
  }
  // New on one side.
  if (!was) return their ?? my ?? null;
  if (!their && !my) return null;
  const kept = settle(was, 'stage', [was.fields, their?.fields ?? null, my?.fields ?? null]);
  if (kept === null) return null;
  // What they took out is gone: kept, it is a stage of its own.
  return { ...(their ?? was), id: their?.id ?? null, fields: kept };
}

/** The stages of both in one list: in their order unless only mine is another one than it was. */
function settleOrder(sides: [Draft, Draft, Draft], settle: Settle): string[] {
  const [was, their, my] = sides.map(({ stages }) => stages.map(({ local }) => local)) as [
    string[],
    string[],
    string[],
  ];
  const shared = new Set(was.filter((local) => their.includes(local) && my.includes(local)));
  const only = (locals: string[]) => locals.filter((local) => shared.has(local));
  const order = settle(null, 'order', [only(was), only(their), only(my)]);
  const [first, second] = isSame(order, only(my)) && !isSame(order, only(their)) ? [my, their] : [their, my];
  return second.reduce(withAfter(second), first);
}

/** A list with each stage that it lacks, after the one that it follows in the other. */
function withAfter(other: readonly string[]) {
  return (list: string[], local: string, place: number): string[] => {
    if (list.includes(local)) return list;
    const ahead = place === 0 ? -1 : list.indexOf(other[place - 1] as string);
    return list.toSpliced(ahead + 1, 0, local);
  };
}

/** Numbers that grow with the place, as few of them new as may be. */
function rising(draft: Draft): Draft {
  const sorted = draft.stages.map(({ order }) => order).sort((one, other) => one - other);
  return renumber(draft, sorted);
}

/** A saved draft whose stages are called by here what `known` calls them. */
export function calledAs(saved: Draft, known: Draft): Draft {
  const locals = new Map(known.stages.map(({ id, local }) => [id, local]));
  return { ...saved, stages: saved.stages.map((stage) => ({ ...stage, local: locals.get(stage.id) ?? stage.local })) };
}

/** What came of saving `sent`: a stage that was new has an id now, and is found by its number. */
export function savedAs(saved: Draft, sent: Draft): Draft {
  const locals = new Map(sent.stages.map(({ order, local }) => [order, local]));
  return {
    ...saved,
    stages: saved.stages.map((stage) => ({ ...stage, local: locals.get(stage.order) ?? stage.local })),
  };
}

/** A draft whose stages have the ids of those that are saved, and none where they are not. */
export function withIds(draft: Draft, saved: Draft): Draft {
  const ids = new Map(saved.stages.map(({ local, id }) => [local, id]));
  return { ...draft, stages: draft.stages.map((stage) => ({ ...stage, id: ids.get(stage.local) ?? null })) };
}
