// The stages of a workflow wherever they are written down: a run's `definition`, a snapshot's `snapshotData`, an answer of
// `workflow`, a file. All use the API's field names; what one of them does not tell is not there.

import { isExactNumber } from '../exact/exact.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Definition {
  /** What belongs to the workflow as a whole: its name, its output mapping. */
  readonly whole: Fields;
  readonly stages: readonly Fields[];
}

export function readDefinition(value: unknown): Definition {
  const all = fieldsOf(value);
  const { stages, workflow, ...own } = all;
  return {
    whole: { ...own, ...fieldsOf(workflow) },
    stages: (Array.isArray(stages) ? stages.map(fieldsOf) : []).sort((one, other) => orderOf(one) - orderOf(other)),
  };
}

export function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
  return isObject ? (value as Fields) : {};
}

export const orderOf = (stage: Fields): number => (typeof stage.stageOrder === 'number' ? stage.stageOrder : 0);

export function textOf(stage: Fields, field: string): string | null {
  const value = stage[field];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Are two JSON values the same? The order of an object's keys says nothing, and null is as good as nothing. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one == null || other == null) return one == null && other == null;
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  if (isExactNumber(one) || isExactNumber(other))
    return isExactNumber(one) && isExactNumber(other) && one.rawJSON === other.rawJSON;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => isSame(item, other[index]));
  }
  const [left, right] = [one as Fields, other as Fields];
  return Object.keys({ ...left, ...right }).every((key) => isSame(left[key], right[key]));
}
