import { placeholders } from '../text/template.ts';
import type { Draft, DraftStage, StageFields } from './draft.ts';
import { mappedPaths, put, type Spot, spotsOf } from './spots.ts';

/** Old numbers and keys of stages, each with its new one. */
export interface Names {
  orders: ReadonlyMap<number, number>;
  keys: ReadonlyMap<string, string>;
}

/**
 * The draft with other numbers for its stages, given by place: every target and every path still means the stage that it
 * meant. All else stays as it was, to the letter.
 */
export function renumber(draft: Draft, orders: readonly number[]): Draft {
  const changed = new Map<number, number>();
  draft.stages.forEach(({ order }, place) => {
    const now = orders[place] ?? order;
    if (now !== order) changed.set(order, now);
  });
  if (changed.size === 0) return draft;
  const stages = draft.stages.map((stage, place) => ({ ...stage, order: orders[place] ?? stage.order }));
  return follow({ ...draft, stages }, { orders: changed, keys: new Map() });
}

/** The draft whose targets and paths say other numbers and keys; its stages keep theirs. */
export function follow(draft: Draft, names: Names): Draft {
  return {
    ...draft,
    stages: draft.stages.map((stage) => followStage(stage, names)),
    outputMapping: followMapping(draft.outputMapping, names),
  };
}

function followStage(stage: DraftStage, names: Names): DraftStage {
  let fields: StageFields = stage.fields;
  for (const spot of spotsOf(stage.fields)) {
    const now = changedTo(spot, names);
    if (now !== null) fields = { ...fields, [spot.root]: put(fields[spot.root], spot.at, now) };
  }
  return fields === stage.fields ? stage : { ...stage, fields };
}

function followMapping(mapping: unknown, names: Names): unknown {
  let now = mapping;
  for (const { at, path } of mappedPaths(mapping)) {
    const followed = followPath(path, names);
    if (followed !== null) now = put(now, at, followed);
  }
  return now;
}

function changedTo({ says }: Spot, names: Names): string | number | null {
  if ('target' in says) return names.orders.get(says.target) ?? null;
  return 'path' in says ? followPath(says.path, names) : followTemplate(says.template, names);
}

function followPath(path: string, { orders, keys }: Names): string | null {
  const dot = path.indexOf('.');
  if (dot < 0) return null;
  const order = stageOf(path);
  const now = order === null ? keys.get(path.slice(0, dot)) : orders.get(order);
  if (now === undefined) return null;
  return `${order === null ? now : `stage_${now}`}${path.slice(dot)}`;
}

function followTemplate(text: string, names: Names): string | null {
  let now = '';
  let done = 0;
  const keys = new Set(names.keys.keys());
  for (const { name, nameFrom, isEscaped } of placeholders(text, { keys })) {
    const followed = isEscaped ? null : followPath(name, names);
    if (followed === null) continue;
    now += text.slice(done, nameFrom) + followed;
    done = nameFrom + name.length;
  }
  return done > 0 ? now + text.slice(done) : null;
}

/** The number that a path begins with, as the server reads it. */
function stageOf(path: string): number | null {
  const match = /^stage_(0|[1-9][0-9]*)\./.exec(path);
  return match ? Number(match[1]) : null;
}

/** Every number by which the draft names a stage, whether there is one or not. */
export function namedOrders(draft: Draft): Set<number> {
  const named = new Set<number>();
  const path = (said: string) => {
    const order = stageOf(said);
    if (order !== null) named.add(order);
  };
  for (const { says } of draft.stages.flatMap(({ fields }) => spotsOf(fields))) {
    if ('target' in says) named.add(says.target);
    else if ('path' in says) path(says.path);
    else for (const { name, isEscaped } of placeholders(says.template)) if (!isEscaped) path(name);
  }
  for (const mapped of mappedPaths(draft.outputMapping)) path(mapped.path);
  return named;
}
