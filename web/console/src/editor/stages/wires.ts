import type { DraftStage } from '../draft/draft.ts';
import { isObject } from '../form/json.ts';

/** A way from one stage to another, by their places in the list from 0. */
export interface Wire {
  from: number;
  to: number;
  kind: 'pass' | 'value' | 'fail';
}

/** Where a pass goes on without a value that says so: a place, or null where the run ends or nothing is there. */
export function afterPass(stages: readonly DraftStage[], index: number): number | null {
  const target = stages[index]?.fields.nextStageOnPass ?? null;
  if (target === null) return index + 1 < stages.length ? index + 1 : null;
  return placeOf(stages, target);
}

export const afterFail = (stages: readonly DraftStage[], index: number): number | null =>
  placeOf(stages, stages[index]?.fields.nextStageOnFail ?? 0);

/** Where each value leads that a stage's routes name, as far as they can be read. */
export function byValue(stage: DraftStage): [value: string, order: number][] {
  const routes = stage.fields.routes;
  if (!isObject(routes) || !isObject(routes.to)) return [];
  return Object.entries(routes.to).filter((one): one is [string, number] => typeof one[1] === 'number');
}

/** The place of the stage with this number; null where there is none. */
export function placeOf(stages: readonly DraftStage[], order: number): number | null {
  const place = stages.findIndex((stage) => stage.order === order);
  return place === -1 ? null : place;
}

/** All ways between stages, each once. */
export function wiresOf(stages: readonly DraftStage[]): Wire[] {
  return stages.flatMap((stage, from) => {
    const pass = afterPass(stages, from);
    const fail = afterFail(stages, from);
    const values = byValue(stage).map(([, order]) => placeOf(stages, order));
    const wires: Wire[] = [];
    if (pass !== null) wires.push({ from, to: pass, kind: 'pass' });
    for (const to of new Set(values)) if (to !== null) wires.push({ from, to, kind: 'value' });
    if (fail !== null) wires.push({ from, to: fail, kind: 'fail' });
    return wires;
  });
}
