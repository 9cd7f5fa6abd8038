import { placeholders } from '../text/template.ts';
import type { Draft, DraftStage, StageFields } from './draft.ts';
import { mappedPaths, put, type Spot, spotsOf } from './spots.ts';

/** Old numbers of stages, each with its new one. */
export type Orders = ReadonlyMap<number, number>;

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
  return follow({ ...draft, stages }, changed);
}

/** The draft whose targets and paths say other numbers; its stages keep theirs. */
export function follow(draft: Draft, orders: Orders): Draft {
  return {
    ...draft,
    stages: draft.stages.map((stage) => followStage(stage, orders)),
    outputMapping: followMapping(draft.outputMapping, orders),
  };
}

function followStage(stage: DraftStage, orders: Orders): DraftStage {
  let fields: StageFields = stage.fields;
  for (const spot of spotsOf(stage.fields)) {
    const now = changedTo(spot, orders);
    if (now !== null) fields = { ...fields, [spot.root]: put(fields[spot.root], spot.at, now) };
  }
  return fields === stage.fields ? stage : { ...stage, fields };
}

function followMapping(mapping: unknown, orders: Orders): unknown {
  let now = mapping;
  for (const { at, path } of mappedPaths(mapping)) {
    const followed = followPath(path, orders);
    if (followed !== null) now = put(now, at, followed);
  }
  return now;
}

function changedTo({ says }: Spot, orders: Orders): string | number | null {
  if ('target' in says) return orders.get(says.target) ?? null;
  return 'path' in says ? followPath(says.path, orders) : followTemplate(says.template, orders);
}

function followPath(path: string, orders: Orders): string | null {
  const order = stageOf(path);
  const now = order === null ? undefined : orders.get(order);
  return now === undefined ? null : `stage_${now}${path.slice(path.indexOf('.'))}`;
}

function followTemplate(text: string, orders: Orders): string | null {
  let now = '';
  let done = 0;
  for (const { name, nameFrom, isEscaped } of placeholders(text)) {
    const followed = isEscaped ? null : followPath(name, orders);
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
